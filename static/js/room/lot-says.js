// Announcements and whatever else the house did to the lot, newest first. Texts come beside the log and enter as text only.
import { el, mixed, put } from '../core/dom.js';
import { ask } from '../core/http.js';
import { clock, moment } from '../core/times.js';
import { language, t } from '../core/words.js';
import { Part } from './part.js';

const MOST = 50;

const TITLES = {
  opened: () => t('says.opened'),
  said: (event) => t(`says.${event.kind}`),
  paused: (event) => `${t('says.paused')}: ${t(`ground.${event.ground}`)}`,
  resuming: (event, now) => t('says.resuming', { time: moment(event.resumes_at, now, language) }),
  resumed: (event) => t('says.resumed', { end: event.ends_at === null ? '—' : clock(event.ends_at) }),
  extended: (event) => t('says.extended', { end: clock(event.ends_at) }),
  adopted: (event) => t('says.adopted', { epoch: event.epoch }),
  retracted: (event) => `${t('says.retracted', { n: event.target })}: ${t(`ground.${event.ground}`)}`,
  withdrawn: (event) => `${t('says.withdrawn')}: ${t(`ground.${event.ground}`)}`,
  closed: (event) => `${t('says.closed')}: ${t(`state.${event.result}`)}`,
};

export class LotSays extends Part {
  #drawn = '';
  #asked = new Set();

  render() {
    const { ledger, texts } = this.room;
    const known = ledger.events.filter((event) => event.t in TITLES).slice(-MOST).reverse();
    const state = known.map(({ n }) => `${n}${texts.has(n) ? 't' : ''}`).join();
    if (state === this.#drawn) return;
    this.#drawn = state;
    this.f.list.replaceChildren(...known.map((event) => this.#item(event)));
    this.f.none.hidden = known.length > 0;
    put(this.f.none, t('says.none'));
  }

  #item(event) {
    const now = this.room.clock.now();
    const head = el('p', {}, el('time', {}, moment(event.at, now, language)), ' ', el('b', {}, TITLES[event.t](event, now)), ` #${event.n}`);
    const item = el('li', { class: event.kind === 'fair_warning' ? 'warning' : null }, head);
    if (event.t === 'retracted' && event.restored) head.append(` · ${t('record.revived', { n: event.restored })}`);
    if (event.text) item.append(el('p', {}, ...mixed(this.#text(event.n))));
    return item;
  }

  #text(n) {
    const known = this.room.texts.get(n);
    if (known !== undefined) return known;
    if (!this.#asked.has(n)) {
      this.#asked.add(n);
      ask(`/api/v1/lots/${this.room.lot.id}/texts/${n}`).then(({ status, body }) => {
        if (status === 200) this.room.texts.set(n, body.text);
        else if (status === 404) this.room.texts.set(n, t('says.removed'));
        this.room.paint.ask();
      });
    }
    return t('says.loading');
  }
}
