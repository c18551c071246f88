// The room's page: every part of it on one screen. The order matters: the root first, then what finds it.
import { speakJudicial } from '../core/words.js';
import { BidDesk } from './bid-desk.js';
import { BidRecord } from './bid-record.js';
import { LotBand } from './lot-band.js';
import { LotPresence } from './lot-presence.js';
import { LotPrice } from './lot-price.js';
import { LotRegister } from './lot-register.js';
import { LotRoom } from './lot-room.js';
import { LotSays } from './lot-says.js';
import { OperatorStrip } from './operator-strip.js';
import { OpProposals } from './op-proposals.js';
import { PriceChart } from './price-chart.js';
import { giveVoice } from './voice.js';

const PARTS = {
  'lot-room': LotRoom,
  'lot-band': LotBand,
  'lot-price': LotPrice,
  'price-chart': PriceChart,
  'bid-record': BidRecord,
  'lot-presence': LotPresence,
  'lot-says': LotSays,
  'lot-register': LotRegister,
  'bid-desk': BidDesk,
  'operator-strip': OperatorStrip,
  'op-proposals': OpProposals,
};

const root = document.querySelector('lot-room');
if (root) {
  speakJudicial(JSON.parse(root.dataset.room).lot.terms.preset.startsWith('cn-'));
  for (const [name, part] of Object.entries(PARTS)) customElements.define(name, part);
  root.room.paint.add(giveVoice(root.room));
}
