-- place_bid: decides one bid. Accepted, it is event n+1 of the log; refused, nothing but the answer is kept.
--
-- ARGV 5 code  6 id  7 amount  8 confirm or ''  9 received_at (ms)  10 interval_ms (0: no limit)  11 burst
-- body  {"t":"decision","id","ok":true,"n","amount","price","ask","ends_at","received_at","decided_at"}
--       {"t":"decision","id","ok":false,"code","amount","price","ask","ends_at","received_at","decided_at"
--         [,"below","above" off_grid] [,"retry_ms" rate_limited]}
-- event bid {code, rank, bid, amount, match, price, leader, ask, ends_at, reserve_met}
--
-- Refusals, in the order of the checks: schema stale_store not_admitted id_reused rate_limited not_open paused closed late
-- clock already_leading rank_not_better below_ask off_grid needs_confirmation. Accepted answers live as long as the lot,
-- the newest 256 refusals per bidder beside them; the codes up to rate_limited, and clock, leave no trace.

local LAG_MS, REFUSALS_KEPT = 1000, 256
local code, id, amount = ARGV[5], ARGV[6], tonumber(ARGV[7])
local confirm, received_at = tonumber(ARGV[8]), tonumber(ARGV[9])
local interval, burst = tonumber(ARGV[10]), tonumber(ARGV[11])

if not string.match(code, '^[A-Z0-9]+$') or not string.match(id, '^[%w_-]+$') or #id > 40 or #ARGV[7] > 15
  or not string.match(ARGV[7], '^[1-9]%d*$') then
  return redis.error_reply('OUTCRY malformed place_bid')
end

local function decision(outcome, rest)
  return '{"t":"decision","id":"' .. id .. '",' .. outcome .. ',"amount":' .. int(amount) .. ',"price":' .. num(lot.price) ..
    ',"ask":' .. num(ask()) .. ',"ends_at":' .. num(lot.ends_at) .. ',"received_at":' .. int(received_at) ..
    ',"decided_at":' .. int(now) .. (rest or '') .. '}'
end

local function refused(reject, rest)
  return reply(reject, decision('"ok":false,"code":"' .. reject .. '"', rest))
end

if wrong_schema() then return refused('schema') end
if stale_store() then return refused('stale_store') end

local mine = redis.call('HMGET', BIDDERS, code, code .. ':tat', code .. ':refused', code .. ':matched:' .. ARGV[7])
local rank = tonumber(mine[1] or '')
if not rank then return refused('not_admitted') end

local asked = code .. ':' .. id
local kept = redis.call('HGET', ANSWERS, asked)
if kept then
  local kept_amount, verdict, body = string.match(kept, '^(%d+)|([a-z_]+)|(.*)$')
  if kept_amount ~= ARGV[7] then return refused('id_reused') end
  return reply(verdict, body, true)
end

-- GCRA: `tat` is when the bidder would be back to a full burst of one. Written only where an answer is kept. It runs on
-- the store's bare time: the lot's own stands still after a step back, and the bidder would starve with it. Further
-- ahead than a burst puts it, the tat is of a clock that has gone back since, and owes nothing.
local tat = tonumber(mine[2] or '') or 0
if tat > store_time + interval * burst then tat = 0 end
local allowed_at = tat - interval * (burst - 1)
if store_time < allowed_at then
  return refused('rate_limited', ',"retry_ms":' .. int(allowed_at - store_time))
end
tat = math.max(tat, store_time) + interval

local function keep_refusal(reject, rest)
  local body = decision('"ok":false,"code":"' .. reject .. '"', rest)
  local count = tonumber(mine[3] or '') or 0
  local slot = code .. '#' .. int(count % REFUSALS_KEPT)
  local oldest = redis.call('HGET', ANSWERS, slot)
  if oldest then redis.call('HDEL', ANSWERS, code .. ':' .. oldest) end
  redis.call('HSET', ANSWERS, asked, ARGV[7] .. '|' .. reject .. '|' .. body, slot, id)
  redis.call('HSET', BIDDERS, code .. ':refused', int(count + 1), code .. ':tat', int(tat))
  return reply(reject, body)
end

if lot.state == 'announced' then return keep_refusal('not_open') end
if lot.state == 'paused' then return keep_refusal('paused') end
if final then return keep_refusal('closed') end

if lot.ends_at and now >= lot.ends_at then
  -- It arrived in time and waited: the house was slow, not the bidder. The close must know.
  if received_at < lot.ends_at and now - received_at > LAG_MS then redis.call('HSET', LOT, 'outage', '1') end
  return keep_refusal('late')
end
if out_of_bounds() then return refused('clock') end

local met = reserve_met()
local may_raise = lot.self_raise == 'always' or (lot.self_raise == 'reserve_unmet' and met == 'false')
if code == lot.leader and not may_raise then return keep_refusal('already_leading') end

local match = amount == lot.price and rank > 0
if match then
  local better = lot.rank == 0 or rank < lot.rank
  if not better or mine[4] then return keep_refusal('rank_not_better') end
else
  local lowest = ask()
  if amount < lowest then return keep_refusal('below_ask') end
  local base = lot.price or lot.start
  local step = step_at(base)
  local over = (amount - base) % step
  if over ~= 0 then
    return keep_refusal('off_grid', ',"below":' .. int(amount - over) .. ',"above":' .. int(amount - over + step))
  end
  if amount > lowest + lot.slip_steps * step and confirm ~= amount then return keep_refusal('needs_confirmation') end
end

-- Accepted. The soft close: a bid in the window moves the end, never back.
local ends_at, extensions = lot.ends_at, lot.extensions
if not ends_at then
  ends_at = now + lot.duration_ms
elseif ends_at - now <= lot.window_ms and extensions < (lot.max_extensions or math.huge) then
  local moved = now + lot.extension_ms
  if lot.hard_end then moved = math.min(moved, lot.hard_end) end
  if moved > ends_at then ends_at, extensions = moved, extensions + 1 end
end

local stood_before = lot.top
lot.price, lot.leader, lot.rank, lot.ends_at = amount, code, rank, ends_at
local n = append('bid',
  ',"code":"' .. code .. '","rank":' .. int(rank) .. ',"bid":"' .. string.sub(redis.sha1hex(asked), 1, 16) ..
  '","amount":' .. int(amount) .. ',"match":' .. tostring(match) .. ',"price":' .. int(amount) .. ',"leader":"' .. code ..
  '","ask":' .. int(ask()) .. ',"ends_at":' .. int(ends_at) .. ',"reserve_met":' .. reserve_met(),
  {'price', int(amount), 'leader', code, 'rank', int(rank), 'top', int(lot.n + 1), 'ends_at', int(ends_at),
    'extensions', int(extensions), 'bids', int(lot.bids + 1)})
local body = decision('"ok":true,"n":' .. int(n))
redis.call('HSET', ANSWERS, asked, ARGV[7] .. '|ok|' .. body, 'u:' .. int(n), int(stood_before))
redis.call('HSET', BIDDERS, code .. ':tat', int(tat))
redis.call('HINCRBY', BIDDERS, code .. ':bids', 1)
if match then redis.call('HSET', BIDDERS, code .. ':matched:' .. ARGV[7], int(n)) end
return reply('ok', body)
