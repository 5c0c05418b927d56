/** What a problem code means: HTTP status, a title that never changes, and whether trying again can help. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly retryable: boolean;
}

const kind = (status: number, title: string, retryable = false): ProblemKind => ({
  status,
  title,
  retryable,
});

/**
 * Every error the service answers with. Codes are a contract: they are added, never renamed.
 * The HTTP layer turns them into RFC 9457 problem details; the docs list is generated from here.
 */
export const problems = {
  invalid_request: kind(400, 'The request is not valid'),
  invalid_json: kind(400, 'The body is not valid JSON'),
  invalid_session_id: kind(400, 'The session id is not valid'),
  invalid_recipient: kind(400, 'The recipient is not valid'),
  invalid_phone: kind(400, 'The phone number is not valid'),
  invalid_cron: kind(400, 'The pattern of the schedule cannot be read'),
  invalid_time_zone: kind(400, 'The time zone is not known'),
  invalid_proxy: kind(400, 'The proxy URL is not valid'),
  invalid_csv: kind(400, 'The table of recipients cannot be read'),
  invalid_media: kind(400, 'The media cannot be used'),
  missing_field: kind(400, 'A field is missing'),
  unknown_field: kind(400, 'A field is not known here'),
  wrong_type: kind(400, 'A field has the wrong type'),
  empty_text: kind(400, 'A text is empty'),
  text_too_long: kind(400, 'A text is too long'),
  template_variables: kind(400, 'The variables do not fit the template'),
  content_missing: kind(400, 'The request names no content'),
  content_ambiguous: kind(400, 'The request names more than one content'),
  key_missing: kind(401, 'An API key is needed'),
  key_invalid: kind(401, 'The API key is not known here'),
  key_expired: kind(401, 'The API key has expired'),
  scope_missing: kind(403, 'The API key lacks a scope'),
  session_not_allowed: kind(403, 'The API key is bound to other sessions'),
  chat_not_allowed: kind(403, 'The API key is bound to other chats'),
  address_not_allowed: kind(403, 'The API key is bound to other networks'),
  group_forbidden: kind(403, 'The number may not do this in the group'),
  hidden_by_privacy: kind(403, 'The person does not show this to the number'),
  foreign_page: kind(403, 'A page of another origin made the request'),
  route_not_found: kind(404, 'There is no such route'),
  workspace_not_found: kind(404, 'There is no such workspace'),
  key_not_found: kind(404, 'There is no such API key'),
  session_not_found: kind(404, 'There is no such session'),
  media_link_invalid: kind(404, 'The link opens nothing'),
  template_not_found: kind(404, 'There is no such template'),
  chat_not_found: kind(404, 'There is no such chat'),
  message_not_found: kind(404, 'There is no such message'),
  upload_not_found: kind(404, 'There is no such upload'),
  bulk_not_found: kind(404, 'There is no such bulk send'),
  schedule_not_found: kind(404, 'There is no such schedule'),
  opt_out_not_found: kind(404, 'The person is not on the opt-out list'),
  endpoint_not_found: kind(404, 'There is no such webhook endpoint'),
  delivery_not_found: kind(404, 'There is no such delivery'),
  group_not_found: kind(404, 'There is no such group'),
  invite_invalid: kind(404, 'The invite leads to no group'),
  picture_not_found: kind(404, 'There is no picture to show'),
  qr_not_available: kind(404, 'There is no QR code to show'),
  already_in_group: kind(409, 'The number is in the group already'),
  group_full: kind(409, 'The group has as many people as it may'),
  workspace_exists: kind(409, 'The id of the workspace is taken, or was once'),
  workspace_not_empty: kind(409, 'The workspace still holds something'),
  endpoint_read_only: kind(409, 'The webhook endpoint is set by environment'),
  too_many_endpoints: kind(409, 'The workspace has as many webhook endpoints as it may'),
  too_many_keys: kind(409, 'The workspace has as many API keys as it may'),
  too_many_workspaces: kind(409, 'There are as many workspaces as there may be'),
  session_not_open: kind(409, 'The session is not connected to WhatsApp'),
  uploads_full: kind(409, 'The session keeps as many uploads as it may'),
  session_exists: kind(409, 'There is a session with this id already'),
  session_running: kind(409, 'The session is connected or connecting'),
  nothing_to_export: kind(409, 'The session has no credentials that could be exported'),
  nothing_to_restore: kind(409, 'The session has no earlier credentials to go back to'),
  already_paired: kind(409, 'The session is linked to a phone already'),
  settings_not_shared: kind(409, 'The phone has not shared its settings with this session', true),
  too_many_templates: kind(409, 'The workspace has as many templates as it may'),
  message_not_own: kind(409, 'The message was not written by this number'),
  message_own: kind(409, 'The message was written by this number itself'),
  message_deleted: kind(409, 'The message was deleted for everyone'),
  message_not_editable: kind(409, 'The message can no longer be changed'),
  message_not_cancellable: kind(409, 'The message is being sent or has been'),
  send_cancelled: kind(409, 'The message was cancelled before it was sent'),
  bulk_over: kind(409, 'The bulk send is over'),
  too_many_bulks: kind(409, 'The session has as many unfinished bulk sends as it may'),
  too_many_schedules: kind(409, 'The session has as many schedules as it may'),
  idempotency_in_progress: kind(409, 'The first request with this key is still running', true),
  request_timeout: kind(408, 'The request took too long to arrive', true),
  queue_full: kind(429, 'The queue of the session is full', true),
  media_gone: kind(410, 'WhatsApp no longer has the media'),
  payload_too_large: kind(413, 'The body is too large'),
  unsupported_media_type: kind(415, 'The content type is not supported'),
  raw_not_allowed: kind(403, 'Raw messages are not allowed here'),
  recipient_not_found: kind(422, 'The recipient is not on WhatsApp'),
  import_unreadable: kind(422, 'The file is no exported session'),
  passphrase_wrong: kind(422, 'The passphrase does not open the file'),
  pairing_refused: kind(422, 'WhatsApp gives no pairing code for this number'),
  duplicate_recipient: kind(422, 'The recipient was named before'),
  no_recipients: kind(422, 'Nobody of the list can be sent to'),
  recipient_opted_out: kind(422, 'The recipient does not want messages'),
  send_expired: kind(422, 'The message was not sent before it expired'),
  idempotency_key_reused: kind(422, 'The idempotency key belongs to another request'),
  media_fetch_failed: kind(422, 'The media could not be fetched'),
  media_not_found: kind(422, 'The media URL answered that nothing is there'),
  media_wrong_type: kind(422, 'The media URL holds something else'),
  media_too_large: kind(422, 'The media is too large'),
  media_timeout: kind(422, 'The media URL answered too slowly', true),
  media_converter_missing: kind(
    422,
    'The media would have to be converted, and no converter is here',
  ),
  url_not_allowed: kind(422, 'The URL leads to a place this service must not reach'),
  proxy_unreachable: kind(422, 'The proxy cannot be reached', true),
  proxy_refused: kind(422, 'The proxy does not lead to WhatsApp'),
  too_many_streams: kind(429, 'The workspace has as many live streams as it may', true),
  headers_too_large: kind(431, 'The head of the request is too large'),
  rate_limited: kind(429, 'Too many requests', true),
  too_many_failures: kind(429, 'Too many requests without a valid key', true),
  media_damaged: kind(502, 'The media is damaged'),
  reupload_failed: kind(502, 'The phone could not upload the media again', true),
  rejected_by_whatsapp: kind(502, 'WhatsApp refused the message'),
  chat_not_writable: kind(422, 'WhatsApp does not let this number write in this chat'),
  message_not_acceptable: kind(422, 'WhatsApp does not accept this message'),
  new_chat_restricted: kind(422, 'WhatsApp lets this number only answer chats for now'),
  whatsapp_rate_limited: kind(429, 'WhatsApp asks for fewer messages', true),
  recipient_devices_stale: kind(502, "WhatsApp refused the recipient's list of devices", true),
  media_upload_failed: kind(502, 'The media could not be handed to WhatsApp', true),
  refused_by_whatsapp: kind(502, 'WhatsApp refused the request'),
  whatsapp_timeout: kind(504, 'WhatsApp did not answer in time', true),
  reupload_timeout: kind(504, 'The phone did not upload the media again in time', true),
  unconfirmed: kind(504, 'WhatsApp never confirmed the message'),
  whatsapp_unreachable: kind(503, 'WhatsApp cannot be reached at the moment', true),
  storage_unavailable: kind(503, 'The storage cannot be used at the moment', true),
  shutting_down: kind(503, 'The service is shutting down', true),
  internal_error: kind(500, 'Something went wrong in the service'),
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problems;

/** One field of the request that is wrong, as a JSON pointer, and what to do about it. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Thrown where a request cannot go on; `detail` is for people and names what to do. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly fields: readonly FieldError[];

  constructor(code: ProblemCode, detail: string, fields: readonly FieldError[] = []) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.fields = fields;
  }
}
