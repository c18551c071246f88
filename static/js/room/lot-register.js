// Registering for the lot; the page is then drawn anew for a bidder.
import { fields, put } from '../core/dom.js';
import { post } from '../core/http.js';
import { reason } from '../core/refusals.js';
import { t } from '../core/words.js';

export class LotRegister extends HTMLElement {
  connectedCallback() {
    const { register, fault } = fields(this);
    if (!register) return;
    register.onclick = async () => {
      register.disabled = true;
      const { lot } = this.closest('lot-room').room;
      const answer = await post(`/api/v1/lots/${lot.id}/registrations`, {});
      if (answer.status === 200) location.reload();
      else {
        register.disabled = false;
        put(fault, t('register.failed', { why: reason(answer) }));
      }
    };
  }
}
