// What waits for a second pair of eyes.
import { left } from '../core/countdown.js';
import { el, fields, put } from '../core/dom.js';
import { ask, post } from '../core/http.js';
import { reason } from '../core/refusals.js';
import { t } from '../core/words.js';

const EVERY_MS = 2000;

export class OpProposals extends HTMLElement {
  #drawn = null;

  connectedCallback() {
    this.f = fields(this);
    this.refresh();
    this.timer = setInterval(() => document.hidden || this.refresh(), EVERY_MS);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async refresh() {
    const { status, body } = await ask('/api/v1/proposals');
    if (status !== 200) return;
    const { lot } = this.dataset;
    this.#draw(body.proposals.filter((proposal) => !lot || proposal.lot === lot));
  }

  #draw(proposals) {
    const state = JSON.stringify(proposals.map(({ id }) => id));
    this.f.none.hidden = proposals.length > 0;
    if (state !== this.#drawn) this.f.list.replaceChildren(...proposals.map((proposal) => this.#item(proposal)));
    this.#drawn = state;
    for (const [index, item] of [...this.f.list.children].entries()) {
      put(item.querySelector('.left'), t('op.expires', { left: left(proposals[index].expires_at - Date.now()) }));
    }
  }

  #item({ id, lot, action, by, ground }) {
    const confirm = el('button', { type: 'button', class: 'button main' }, t('op.confirm'));
    confirm.onclick = async () => {
      confirm.disabled = true;
      const answer = await post(`/api/v1/proposals/${id}/confirm`, {});
      confirm.disabled = false;
      put(this.f.result, answer.status === 200 ? t('op.done_plain') : t('op.refused', { why: reason(answer) }));
      this.f.result.classList.toggle('good', answer.status === 200);
      this.refresh();
    };
    const what = [t(`op.action.${action}`), ground ? t(`ground.${ground}`) : ''].filter(Boolean).join(': ');
    return el('li', {},
      el('p', {}, el('b', {}, what), this.dataset.lot ? '' : ` · ${lot}`),
      el('p', { class: 'hush num' }, `${t('op.by', { by: typeof by === 'string' ? by : by?.name ?? '' })} · `, el('span', { class: 'left' })),
      confirm);
  }
}
