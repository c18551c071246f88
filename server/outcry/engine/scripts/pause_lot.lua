-- pause_lot: stops the clock. `remaining` counts from the store's time, or from `as_of` after a clock step, when the house
-- itself pauses and the bounds, which rest on the old time, cannot hold. Then the event too is dated by the old time: a
-- clock that runs an hour ahead must not become the lot's own, which never goes back.
--
-- ARGV 5 ground  6 text hash or ''  7 text {"salt","text"} or ''  8 expect_n or ''  9 key or ''  10 as_of or ''
-- body  {"ok":true,"n","remaining_ms"}
-- event paused {ground, remaining_ms, text}
-- Refusals: schema stale_store id_reused not_open closed paused clock wrong_head.

local ground, key, as_of = ARGV[5], ARGV[9], tonumber(ARGV[10])

if wrong_schema() then return refuse('schema') end
if stale_store() then return refuse('stale_store') end
local first = replay_of('pause_lot', key)
if first then return first end
if lot.state == 'announced' then return refuse('not_open') end
if final then return refuse('closed') end
if lot.state == 'paused' then return refuse('paused') end
if not as_of and out_of_bounds() then return refuse('clock') end
if wrong_head(ARGV[8]) then return refuse('wrong_head') end

if as_of then now = math.max(lot.last, math.min(now, as_of)) end
local remaining = lot.ends_at and math.max(0, lot.ends_at - (as_of or now))
local n = append('paused',
  ',"ground":"' .. ground .. '","remaining_ms":' .. num(remaining) .. ',"text":' .. str(ARGV[6] ~= '' and ARGV[6] or nil),
  {'state', 'paused', 'ground', ground, 'remaining_ms', cell(remaining), 'ends_at', ''}, ARGV[7])
return answer('pause_lot', key, '{"ok":true,"n":' .. int(n) .. ',"remaining_ms":' .. num(remaining) .. '}')
