// What waits for a second pair of eyes.
import { left } from '../core/countdown.js';
import { el, fields, mixed, put } from '../core/dom.js';
import { ask, post } from '../core/http.js';
import { yuan } from '../core/money.js';
import { reason } from '../core/refusals.js';
import { language, t } from '../core/words.js';

const EVERY_MS = 2000;

export class OpProposals extends HTMLElement {
  static clock;
  #drawn = null;
  #lots = new Map();

  connectedCallback() {
    this.f = fields(this);
    this.refresh();
    this.timer = setInterval(() => document.hidden || this.refresh(), EVERY_MS);
  }

  get #now() {
    return (this.closest('lot-room')?.room.clock ?? OpProposals.clock).now();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async refresh() {
    const { status, body } = await ask('/api/v1/proposals');
    if (status !== 200) return;
    const { lot } = this.dataset;
    const proposals = body.proposals.filter((proposal) => !lot || proposal.lot === lot);
    await Promise.all(proposals.map((proposal) => this.#learn(proposal)));
    this.#draw(proposals);
  }

  // What a row says of its lot, read once for each proposal: that fixed the head, so neither bid nor leader can change.
  async #learn({ id, lot }) {
    if (this.#lots.has(id)) return;
    const { status, body } = await ask(`/api/v1/lots/${lot}`);
    if (status === 200) this.#lots.set(id, body);
  }

  #draw(proposals) {
    const state = JSON.stringify(proposals.map(({ id }) => [id, this.#lots.has(id)]));
    this.f.none.hidden = proposals.length > 0;
    if (state !== this.#drawn) this.f.list.replaceChildren(...proposals.map((proposal) => this.#item(proposal)));
    this.#drawn = state;
    for (const [index, item] of [...this.f.list.children].entries()) {
      put(item.querySelector('.left'), t('op.expires', { left: left(proposals[index].expires_at - this.#now) }));
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
    const known = this.#lots.get(id);
    const rows = [el('p', {}, el('b', {}, what))];
    if (!this.dataset.lot) rows.push(el('p', {}, el('a', { href: `/operator/lots/${lot}` }, ...mixed(known?.title[language] ?? lot))));
    if (action === 'retract' && known?.state === 'paused' && known.leader) {
      rows.push(el('p', { class: 'num' }, t('op.its_bid', { code: known.leader, price: yuan(known.price) })));
    }
    rows.push(el('p', { class: 'hush num' }, `${t('op.by', { by: typeof by === 'string' ? by : by?.name ?? '' })} · `, el('span', { class: 'left' })));
    return el('li', {}, el('div', {}, ...rows), confirm);
  }
}
