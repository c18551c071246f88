// Asks before an unusual bid leaves: the figure in full, in words, and how far above the price it is.
import { put } from '../core/dom.js';
import { capitals } from '../core/capitals.js';
import { judge, stepsAbove } from '../core/grid.js';
import { exact, percent, yuan } from '../core/money.js';
import { t } from '../core/words.js';

export class Slip {
  #amount = null;

  constructor(room, f, confirmed) {
    Object.assign(this, { room, f });
    f.slip_cancel.onclick = () => f.slip.close();
    f.slip_confirm.onclick = () => {
      const amount = this.#amount;
      f.slip.close();
      if (amount !== null) confirmed(amount);
    };
    f.slip.addEventListener('close', () => { this.#amount = null; });
  }

  ask(amount) {
    const { f } = this;
    this.#amount = amount;
    put(f.slip_amount, `¥${exact(amount)}`);
    put(f.slip_words, capitals(amount));
    this.render();
    f.slip.showModal();
    f.slip_cancel.focus();
  }

  // The price may move while somebody thinks; what is no longer valid cannot be confirmed.
  render() {
    if (this.#amount === null) return;
    const { view, terms } = this.room;
    const judged = view.state === 'open' && this.room.live ? judge(this.#amount, view, terms) : 'below';
    if (judged !== 'ok' && judged !== 'slip') {
      this.f.slip.close();
      return;
    }
    const parts = [t('slip.text', { ask: yuan(view.ask), steps: stepsAbove(this.#amount, view, terms) })];
    if (view.price) parts.push(t('slip.percent', { percent: percent(this.#amount - view.price, view.price) }));
    put(this.f.slip_text, parts.join(' '));
  }
}
