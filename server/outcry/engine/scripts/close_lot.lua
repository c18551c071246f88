-- close_lot: the authority on the end. Closes a lot that is due, or extends it where the house was not in touch.
--
-- ARGV 5 in_touch_since (store time since when the sender's round trips were at most 1 s apart)
-- body  {"ok":true,"n","result":"sold"|"passed"|"extended","ends_at"}
-- event closed {result, price, leader, reserve, salt} | extended {reason: outage, ends_at}
-- Refusals: schema stale_store not_open closed paused clock not_due not_in_touch; each carries the effective end.

local TOUCH_MS, GRACE_MS, LEAST_MS = 10000, 3000, 10000

if wrong_schema() then return refuse('schema') end
if stale_store() then return refuse('stale_store') end
if lot.state == 'announced' then return refuse('not_open') end
if final then return refuse('closed') end
if lot.state == 'paused' then return refuse('paused') end
if out_of_bounds() then return refuse('clock') end
if not lot.ends_at or now < lot.ends_at then return refuse('not_due') end

local in_touch = tonumber(ARGV[5]) <= math.max(lot.ends_at - TOUCH_MS, lot.since)
if lot.outage or not in_touch then
  if now < lot.ends_at + GRACE_MS then return refuse('not_in_touch') end
  local ends_at = now + math.max(lot.window_ms, LEAST_MS)
  local n = append('extended', ',"reason":"outage","ends_at":' .. int(ends_at), {'ends_at', int(ends_at), 'outage', ''})
  return reply('ok', '{"ok":true,"n":' .. int(n) .. ',"result":"extended","ends_at":' .. int(ends_at) .. '}')
end

local sold = lot.price and (not lot.reserve or lot.price >= lot.reserve)
local result = sold and 'sold' or 'passed'
local n = append('closed',
  ',"result":"' .. result .. '","price":' .. num(lot.price) .. ',"leader":' .. str(lot.leader) .. ',"reserve":' ..
  num(lot.reserve) .. ',"salt":' .. str(lot.reserve and lot.salt), {'state', result})
return reply('ok', '{"ok":true,"n":' .. int(n) .. ',"result":"' .. result .. '","ends_at":' .. int(lot.ends_at) .. '}')
