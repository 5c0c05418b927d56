// The page that greets: state of the numbers, and a QR code to pair the first one. Talks to the same API
// as everybody else. Text of others goes into the page as text only.

const POLL_MS = 2_000;
/** A set of QR codes lives about three minutes; after so many of them somebody has left the page open. */
const MAX_RESTARTS = 10;
const KEY = 'api-key';

const byId = (id) => document.getElementById(id);
const base = new URL('.', location.href);

let restarts = 0;
let pairing = null;
let timer = 0;

async function call(method, path) {
  const key = sessionStorage.getItem(KEY);
  const answer = await fetch(new URL(path, base), {
    method,
    headers: key ? { 'x-api-key': key } : {},
    cache: 'no-store',
  });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail ?? `The gateway answered ${answer.status}.`), {
    status: answer.status,
    code: problem.code,
  });
}

async function refresh() {
  clearTimeout(timer);
  try {
    const sessions = await (await call('GET', 'sessions')).json();
    await show(sessions);
  } catch (error) {
    showFailure(error);
  }
  if (!document.hidden) timer = setTimeout(() => void refresh(), POLL_MS);
}

async function show(sessions) {
  byId('key-form').hidden = true;
  byId('pair-form').hidden = sessions.length > 0 || pairing !== null;
  const open = sessions.filter(({ status }) => status === 'open');
  byId('summary').textContent =
    sessions.length === 0
      ? 'Running. No number is paired yet.'
      : `Running. ${open.length} of ${sessions.length} ${sessions.length === 1 ? 'number' : 'numbers'} connected.`;
  await keepQrAlive(sessions);
  const cards = byId('sessions');
  const known = new Map([...cards.children].map((card) => [card.dataset.id, card]));
  for (const session of sessions) {
    const card = known.get(session.id) ?? newCard(session.id);
    known.delete(session.id);
    cards.append(card);
    await fill(card, session);
  }
  for (const card of known.values()) card.remove();
  const first = open[0];
  byId('first-message').hidden = first === undefined;
  if (first) byId('snippet').textContent = snippet(first.id);
}

/** When nobody scanned in time, the session closes; who still looks at this page wants to pair. */
async function keepQrAlive(sessions) {
  const session = sessions.find(({ id }) => id === pairing);
  if (!session) return;
  if (session.status === 'open') pairing = null;
  else if (session.reason === 'qr_timeout' && restarts < MAX_RESTARTS) {
    restarts++;
    await call('POST', `sessions/${session.id}/start`);
  }
}

function newCard(id) {
  const card = element('article', 'card');
  card.dataset.id = id;
  const head = element('div', 'head');
  head.append(element('h2', '', id), element('span', 'phone hint'), element('span', 'state'));
  const body = element('div', 'body');
  card.append(head, body);
  return card;
}

async function fill(card, session) {
  const state = card.querySelector('.state');
  state.dataset.status = session.status;
  state.textContent = WORDS[session.status] ?? session.status;
  card.querySelector('.phone').textContent = session.phone ? `+${session.phone}` : '';
  const body = card.querySelector('.body');
  if (session.status === 'qr') return showQr(body, session.id);
  const action = element('p', '', session.userAction ?? '');
  const parts = session.userAction ? [action] : [];
  if (session.status === 'close') parts.push(startButton(session.id));
  if (body.textContent !== parts.map((part) => part.textContent).join('')) {
    body.replaceChildren(...parts);
  }
}

const WORDS = {
  open: 'Connected',
  qr: 'Waiting for a scan',
  connecting: 'Connecting',
  close: 'Stopped',
};

function startButton(id) {
  const button = element('button', '', 'Start');
  button.type = 'button';
  button.addEventListener('click', () => start(id, button));
  return button;
}

async function showQr(body, id) {
  let image = body.querySelector('.qr img');
  if (!image) {
    const box = element('div', 'qr');
    image = element('img');
    image.alt = `QR code that pairs ${id}`;
    const steps = element('ol');
    for (const step of [
      'Open WhatsApp on the phone.',
      'Tap Settings, then Linked devices.',
      'Tap Link a device, and point the camera here.',
    ]) {
      steps.append(element('li', '', step));
    }
    const side = element('div');
    side.append(steps, element('p', 'hint', 'The code renews itself.'));
    box.append(image, side);
    body.replaceChildren(box);
  }
  const answer = await call('GET', `sessions/${id}/qr`);
  const former = image.src;
  image.src = URL.createObjectURL(await answer.blob());
  if (former.startsWith('blob:')) URL.revokeObjectURL(former);
}

async function start(id, button, error = byId('pair-error')) {
  button.disabled = true;
  error.textContent = '';
  pairing = id;
  restarts = 0;
  try {
    await call('POST', `sessions/${id}/start`);
  } catch (failure) {
    pairing = null;
    error.textContent = failure.message;
  }
  button.disabled = false;
  await refresh();
}

function showFailure(error) {
  const wantsKey = error.status === 401;
  byId('key-form').hidden = !wantsKey;
  if (!wantsKey) {
    byId('summary').textContent = error.status ? error.message : 'The gateway does not answer.';
    return;
  }
  byId('summary').textContent = 'Running.';
  byId('sessions').replaceChildren();
  byId('pair-form').hidden = true;
  byId('first-message').hidden = true;
  byId('key-error').textContent = sessionStorage.getItem(KEY) ? error.message : '';
  sessionStorage.removeItem(KEY);
}

function snippet(id) {
  const key = sessionStorage.getItem(KEY) ? " \\\n  -H 'X-Api-Key: <key>'" : '';
  return `curl -X POST ${new URL(`sessions/${id}/send`, base)}${key} \\
  -H 'Content-Type: application/json' \\
  -d '{"to": "5511999999999", "text": "Hello!"}'`;
}

function element(name, className = '', text = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

byId('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, byId('key').value.trim());
  byId('key').value = '';
  void refresh();
});
byId('pair-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void start(byId('name').value.trim(), event.target.querySelector('button'));
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void refresh();
});
void refresh();
