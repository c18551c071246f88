// The market's socket: one line for each lot that changed, once a second. Comes back by itself.
const SILENCE_MS = 12_000;

export class Market {
  #socket = null;
  #timer = null;
  #attempt = 0;

  // heard({now, lots}); changed(live)
  constructor(heard, changed) {
    Object.assign(this, { heard, changed });
    addEventListener('pageshow', (event) => event.persisted && this.open());
    this.open();
  }

  open() {
    clearTimeout(this.#timer);
    const url = new URL('/ws/market', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (socket !== this.#socket || frame.t !== 'market') return;
      this.#attempt = 0;
      this.#watch();
      this.heard(frame);
      this.changed(true);
    };
    socket.onclose = () => socket === this.#socket && this.#retry();
    this.#watch();
  }

  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#retry(), SILENCE_MS);
  }

  #retry() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.changed(false);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), (500 + Math.random() * 4500) * Math.min(3, 1 + this.#attempt));
    this.#attempt += 1;
  }
}
