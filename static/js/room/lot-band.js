// Draws the bands, and touches the page only when what they say has changed.
import { el, mixed } from '../core/dom.js';
import { t } from '../core/words.js';
import { bandsOf } from './bands.js';
import { Part } from './part.js';

const PASSING_MS = 12_000;

export class LotBand extends Part {
  #shown = null;
  #passing = null;

  start() {
    this.room.ahead = this.dataset.ahead;
  }

  render() {
    if (!this.room.live && this.room.link.heardAt === null) return;
    const bands = bandsOf(this.room);
    const said = JSON.stringify(bands);
    if (said === this.#shown) return;
    this.#shown = said;
    this.replaceChildren(...bands.map((band) => this.#draw(band)));
    if (bands.some(({ passing }) => passing)) this.#fade();
  }

  #draw({ kind, title, lines, act }) {
    const fresh = kind === 'hammer' && this.room.justClosed ? ' fresh' : '';
    const band = el('div', { class: `band ${kind}${fresh}` }, el('b', {}, title));
    for (const line of lines) band.append(el('span', {}, ...mixed(line)));
    if (act) {
      const button = el('button', { type: 'button', class: 'quiet' }, t(`band.${act === 'reload' ? 'reload' : 'reconnect'}`));
      button.onclick = () => (act === 'reload' ? location.reload() : this.room.connection.open());
      band.append(button);
    }
    return band;
  }

  #fade() {
    const { notice } = this.room;
    clearTimeout(this.#passing);
    this.#passing = setTimeout(() => {
      if (this.room.notice === notice) this.room.notice = null;
      this.room.paint.ask();
    }, PASSING_MS);
  }
}
