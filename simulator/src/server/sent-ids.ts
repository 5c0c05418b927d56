/** Ids remembered per device; a client that repeats an older one is not noticed. */
const REMEMBERED = 5000;

/** Recognises messages that a device sends under an id it has used before. */
export class SentIds {
  readonly #byDevice = new Map<string, Set<string>>();

  /** Notes an id; gives whether the device had sent it before. */
  note(device: string, id: string): boolean {
    let ids = this.#byDevice.get(device);
    if (!ids) this.#byDevice.set(device, (ids = new Set()));
    if (ids.has(id)) return true;
    ids.add(id);
    if (ids.size > REMEMBERED) {
      const oldest = ids.values().next().value;
      if (oldest !== undefined) ids.delete(oldest);
    }
    return false;
  }

  forget(device: string): void {
    this.#byDevice.delete(device);
  }
}
