// The amount on the desk. It follows the next valid bid until somebody chooses one; a chosen amount stays as long as it is
// valid.
import { parseAmount } from '../core/amount.js';
import { stepOf } from '../core/grid.js';

export class Desk {
  follows = true;
  amount = null;
  #ask = null;

  constructor(terms) {
    this.terms = terms;
  }

  get shown() {
    return { amount: this.amount, follows: this.follows };
  }

  // 'moved': the shown amount has changed; 'passed': the price went past the chosen one; null: nothing did.
  see(view) {
    const ask = view.ask ?? (view.state === 'announced' ? this.terms.start : null);
    if (ask === null) return null;
    const asked = this.#ask;
    this.#ask = ask;
    if (!this.follows) {
      if (this.amount === null || this.amount >= ask || asked === null || this.amount < asked) return null;
      this.follows = true;
      this.amount = ask;
      return 'passed';
    }
    const before = this.amount;
    this.amount = ask;
    return before === null || before === ask ? null : 'moved';
  }

  type(text, view) {
    this.follows = text.trim() === '';
    this.amount = this.follows ? view.ask : parseAmount(text);
  }

  choose(amount) {
    this.follows = false;
    this.amount = amount;
  }

  follow(view) {
    this.follows = true;
    this.amount = view.ask;
  }

  more(view) {
    this.choose((this.amount ?? view.ask) + stepOf(view, this.terms));
  }

  // Down to the next valid bid, which is then followed again.
  less(view) {
    const lower = (this.amount ?? view.ask) - stepOf(view, this.terms);
    if (lower > view.ask) this.choose(lower);
    else this.follow(view);
  }
}
