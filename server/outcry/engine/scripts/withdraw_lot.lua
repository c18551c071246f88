-- withdraw_lot: takes a lot out of the sale. Before the opening there is no log yet, and so no event; the reason is kept
-- and told as the text of n 0.
--
-- ARGV 5 ground  6 text hash or ''  7 text {"salt","text"} or ''  8 expect_n or ''  9 key or ''
-- body  {"ok":true,"n"}
-- event withdrawn {ground, text}
-- Refusals: schema stale_store id_reused closed clock wrong_head not_allowed (open: only for the grounds below).

local AFTER_OPENING = {court_order = true, debt_paid = true, third_party_claim = true, void_notice = true}
local ground, key = ARGV[5], ARGV[9]

if wrong_schema() then return refuse('schema') end
if stale_store() then return refuse('stale_store') end
local first = replay_of('withdraw_lot', key)
if first then return first end
if final then return refuse('closed') end
if out_of_bounds() then return refuse('clock') end
if wrong_head(ARGV[8]) then return refuse('wrong_head') end
if live and not AFTER_OPENING[ground] then return refuse('not_allowed') end

if not live then
  redis.call('HSET', LOT, 'state', 'withdrawn', 'ground', ground)
  tell(0, ARGV[7])
  return answer('withdraw_lot', key, '{"ok":true,"n":0}')
end
local n = append('withdrawn', ',"ground":"' .. ground .. '","text":' .. str(ARGV[6] ~= '' and ARGV[6] or nil),
  {'state', 'withdrawn', 'ground', ground, 'ends_at', '', 'remaining_ms', '', 'resumes_at', ''}, ARGV[7])
return answer('withdraw_lot', key, '{"ok":true,"n":' .. int(n) .. '}')
