// Registering for the lot; the page is then drawn anew for a bidder. It ends with the lot.
import { el, put } from '../core/dom.js';
import { post } from '../core/http.js';
import { reason } from '../core/refusals.js';
import { FINAL } from '../core/showing.js';
import { t } from '../core/words.js';
import { Part } from './part.js';

export class LotRegister extends Part {
  #closed = false;

  start() {
    if (this.f.register) this.f.register.onclick = () => this.#register();
  }

  render() {
    if (this.#closed || !FINAL.has(this.room.view.state)) return;
    this.#closed = true;
    this.replaceChildren(el('p', {}, t('register.closed')));
  }

  async #register() {
    const { register, fault } = this.f;
    register.disabled = true;
    const answer = await post(`/api/v1/lots/${this.room.lot.id}/registrations`, {});
    if (answer.status === 200) location.reload();
    else {
      register.disabled = false;
      put(fault, t('register.failed', { why: reason(answer) }));
    }
  }
}
