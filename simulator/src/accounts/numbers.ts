/**
 * Forms under which one subscriber may be dialled, the given one first. Only countries where WhatsApp
 * is known to keep an older form: Brazil's ninth digit, Mexico's 1 and Argentina's 9 before the area.
 */
export function formsOf(digits: string): readonly string[] {
  const other = brazilian(digits) ?? mexican(digits) ?? argentine(digits);
  return other === null ? [digits] : [digits, other];
}

function brazilian(digits: string): string | null {
  const long = /^(55\d\d)9(\d{8})$/.exec(digits);
  if (long) return `${long[1]}${long[2]}`;
  const short = /^(55\d\d)(\d{8})$/.exec(digits);
  return short ? `${short[1]}9${short[2]}` : null;
}

function mexican(digits: string): string | null {
  const long = /^521(\d{10})$/.exec(digits);
  if (long) return `52${long[1]}`;
  const short = /^52(\d{10})$/.exec(digits);
  return short ? `521${short[1]}` : null;
}

function argentine(digits: string): string | null {
  const long = /^549(\d{10})$/.exec(digits);
  if (long) return `54${long[1]}`;
  const short = /^54(\d{10})$/.exec(digits);
  return short ? `549${short[1]}` : null;
}

/** A WhatsApp user name is 5 to 15 digits (E.164 without the plus). */
export function isPhoneNumber(digits: string): boolean {
  return /^[1-9]\d{4,14}$/.test(digits);
}
