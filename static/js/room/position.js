// Where this page stands in the lot's log: (epoch, n, link). The link of a position is the SHA-1 of event n's own bytes,
// which a secure page can compute; another states n - 1 with the link that event n carries.
export async function sha1(text) {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export const canHash = () => globalThis.crypto?.subtle !== undefined;

export class Position {
  epoch = 0;
  n = 0;
  #link = '';
  #last = null;

  snapshot({ epoch, n, link }) {
    Object.assign(this, { epoch, n });
    this.#link = link;
    this.#last = null;
  }

  event(event, raw) {
    this.n = event.n;
    if (event.epoch !== undefined) this.epoch = event.epoch;
    this.#last = { link: event.link, raw };
  }

  // null while nothing is known that could be continued.
  async stated() {
    const { epoch, n } = this;
    if (n === 0) return null;
    if (this.#last === null) return { epoch, n, link: this.#link };
    const { link, raw } = this.#last;
    if (canHash()) return { epoch, n, link: await sha1(raw) };
    return n > 1 ? { epoch, n: n - 1, link } : null;
  }
}
