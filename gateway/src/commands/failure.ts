/** A command could not do its work; the message tells the operator why and what to do. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
