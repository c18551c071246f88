-- admit_bidder: lets a bidder bid, from the announcement to the effective end. No event; counts `registered`.
--
-- ARGV 5 code  6 rank (0 ordinary, 1 best)  7 hold (the deposit's id, or '')
-- body  {"ok":true,"registered"}
-- Refusals: schema stale_store closed late clock already_admitted (other rank or hold; the same again is the same answer).

local code, rank, hold = ARGV[5], ARGV[6], ARGV[7]

if wrong_schema() then return refuse('schema') end
if stale_store() then return refuse('stale_store') end
if final then return refuse('closed') end
if lot.ends_at and now >= lot.ends_at then return refuse('late') end
if out_of_bounds() then return refuse('clock') end

local kept = redis.call('HMGET', BIDDERS, code, code .. ':hold')
if kept[1] then
  if kept[1] ~= rank or kept[2] ~= hold then return refuse('already_admitted') end
  return reply('ok', '{"ok":true,"registered":' .. int(lot.registered) .. '}')
end
redis.call('HSET', BIDDERS, code, rank, code .. ':hold', hold)
redis.call('HSET', LOT, 'registered', int(lot.registered + 1))
return reply('ok', '{"ok":true,"registered":' .. int(lot.registered + 1) .. '}')
