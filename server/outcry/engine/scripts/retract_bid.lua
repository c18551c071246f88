-- retract_bid: takes the standing bid back, while paused; the bid beneath revives. Edits nothing: a new public event.
--
-- ARGV 5 target (n of the standing bid)  6 restored (n of the bid beneath, or 0)  7 ground  8 expect_n or ''  9 key or ''
-- body  {"ok":true,"n","price","leader"}
-- event retracted {target, restored, ground, price, leader, ask, ends_at: null, reserve_met}
-- Refusals: schema stale_store id_reused not_open closed not_paused clock wrong_head not_allowed wrong_target.

local target, restored, ground, key = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], ARGV[9]

if wrong_schema() then return refuse('schema') end
if stale_store() then return refuse('stale_store') end
local first = replay_of('retract_bid', key)
if first then return first end
if lot.state == 'announced' then return refuse('not_open') end
if final then return refuse('closed') end
if lot.state ~= 'paused' then return refuse('not_paused') end
if out_of_bounds() then return refuse('clock') end
if wrong_head(ARGV[8]) then return refuse('wrong_head') end
if lot.retract ~= '1' then return refuse('not_allowed') end
if lot.top == 0 or target ~= lot.top or restored ~= tonumber(redis.call('HGET', ANSWERS, 'u:' .. int(target))) then
  return refuse('wrong_target')
end

lot.price, lot.leader, lot.rank, lot.top = nil, nil, 0, restored
if restored > 0 then
  local entry = redis.call('XRANGE', EVENTS, int(restored) .. '-0', int(restored) .. '-0')
  local bid = cjson.decode(entry[1][2][2])
  lot.price, lot.leader, lot.rank = bid.price, bid.code, bid.rank
end
local n = append('retracted',
  ',"target":' .. int(target) .. ',"restored":' .. num(restored > 0 and restored) .. ',"ground":"' .. ground .. '","price":' ..
  num(lot.price) .. ',"leader":' .. str(lot.leader) .. ',"ask":' .. int(ask()) .. ',"ends_at":null,"reserve_met":' ..
  reserve_met(),
  {'price', cell(lot.price), 'leader', lot.leader or '', 'rank', int(lot.rank), 'top', int(restored)})
return answer('retract_bid', key,
  '{"ok":true,"n":' .. int(n) .. ',"price":' .. num(lot.price) .. ',"leader":' .. str(lot.leader) .. '}')
