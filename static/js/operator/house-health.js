// The house's health, read from what every probe reads: /readyz and /metrics.
import { fields, put } from '../core/dom.js';
import { t } from '../core/words.js';

const EVERY_MS = 5000;

// Sums of a metric over its labels: Prometheus text in, {name: value} out.
export function readMetrics(text) {
  const found = {};
  for (const [, name, value] of text.matchAll(/^(\w+)(?:\{[^}]*\})? (\S+)/gm)) found[name] = (found[name] ?? 0) + Number(value);
  return found;
}

export class HouseHealth extends HTMLElement {
  #before = null;

  connectedCallback() {
    this.f = fields(this);
    this.#look();
    setInterval(() => document.hidden || this.#look(), EVERY_MS);
  }

  async #look() {
    try {
      const [ready, metrics] = await Promise.all([fetch('/readyz'), fetch('/metrics').then((answer) => answer.text())]);
      const { reasons = [] } = await ready.json();
      this.#draw(reasons, readMetrics(metrics));
    } catch {
      this.#draw(['store_down'], {});
    }
  }

  #draw(reasons, now) {
    const { f } = this;
    const down = reasons.includes('store_down') || reasons.includes('feed_down');
    put(f.store, t(down ? 'op.down' : 'op.up'));
    f.store.classList.toggle('bad', down);
    const count = now.outcry_barrier_seconds_count - (this.#before?.outcry_barrier_seconds_count ?? 0);
    const spent = now.outcry_barrier_seconds_sum - (this.#before?.outcry_barrier_seconds_sum ?? 0);
    put(f.feed, count > 0 ? `${((spent / count) * 1000).toFixed(1)} ms` : '—');
    put(f.sockets, now.outcry_sockets ?? '—');
    const lag = now.outcry_loop_lag_seconds;
    put(f.loop, lag === undefined ? '—' : `${(lag * 1000).toFixed(1)} ms`);
    f.loop.classList.toggle('bad', lag > 0.25);
    put(f.clock, now.outcry_store_clock_steps_total ?? '—');
    f.clock.classList.toggle('bad', now.outcry_store_clock_steps_total > (this.#before?.outcry_store_clock_steps_total ?? Infinity));
    this.#before = now;
  }
}
