-- resume_lot: announces a resumption (with delay_ms), or carries out the one that is due (without).
--
-- ARGV 5 delay_ms or ''  6 expect_n or ''  7 key or ''
-- body  {"ok":true,"n","resumes_at"} | {"ok":true,"n","ends_at"}
-- event resuming {resumes_at} | resumed {ends_at}: at least a full window is left
-- Refusals: schema stale_store id_reused not_open closed not_paused clock wrong_head not_due.

local delay, key = tonumber(ARGV[5]), ARGV[7]

if wrong_schema() then return refuse('schema') end
if stale_store() then return refuse('stale_store') end
local first = replay_of('resume_lot', key)
if first then return first end
if lot.state == 'announced' then return refuse('not_open') end
if final then return refuse('closed') end
if lot.state ~= 'paused' then return refuse('not_paused') end
if out_of_bounds() then return refuse('clock') end
if wrong_head(ARGV[6]) then return refuse('wrong_head') end

if delay then
  local resumes_at = now + delay
  local n = append('resuming', ',"resumes_at":' .. int(resumes_at), {'resumes_at', int(resumes_at)})
  return answer('resume_lot', key, '{"ok":true,"n":' .. int(n) .. ',"resumes_at":' .. int(resumes_at) .. '}')
end

if not lot.resumes_at or now < lot.resumes_at then return refuse('not_due') end
-- Without `remaining` the clock had not started: it still waits for the first bid.
local ends_at = lot.remaining_ms and now + math.max(lot.remaining_ms, lot.window_ms)
local n = append('resumed', ',"ends_at":' .. num(ends_at),
  {'state', 'open', 'ends_at', cell(ends_at), 'since', int(now), 'remaining_ms', '', 'resumes_at', '', 'ground', '', 'outage', ''})
return answer('resume_lot', key, '{"ok":true,"n":' .. int(n) .. ',"ends_at":' .. num(ends_at) .. '}')
