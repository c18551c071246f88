-- dismiss_bidder: ends an admission, before its deposit is released. No event; counts `registered`.
--
-- ARGV 5 code
-- body  {"ok":true,"registered"}
-- Refusals: schema stale_store clock not_admitted is_leader has_bids. Where bids may be retracted, whoever has an accepted
-- one could yet lead again: his deposit stays until the close.

local code = ARGV[5]

if wrong_schema() then return refuse('schema') end
if stale_store() then return refuse('stale_store') end
if out_of_bounds() then return refuse('clock') end

local kept = redis.call('HMGET', BIDDERS, code, code .. ':bids')
if not kept[1] then return refuse('not_admitted') end
if code == lot.leader and (live or lot.state == 'sold') then return refuse('is_leader') end
if live and lot.retract == '1' and (tonumber(kept[2] or '') or 0) > 0 then return refuse('has_bids') end

redis.call('HDEL', BIDDERS, code, code .. ':hold')
redis.call('HSET', LOT, 'registered', int(lot.registered - 1))
return reply('ok', '{"ok":true,"registered":' .. int(lot.registered - 1) .. '}')
