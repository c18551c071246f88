-- adopt_lot: a live lot goes on under a new process of the store (a restart, a failover, a restored file). Compare and set
-- on what the sender read; a new epoch begins, n goes on.
--
-- ARGV 2 the new run_id  5 old run_id  6 n
-- body  {"ok":true,"n","epoch"}
-- event adopted {epoch, old: {epoch, n, link}}
-- Refusals: schema not_open closed clock not_stale wrong_head.

if wrong_schema() then return refuse('schema') end
if lot.state == 'announced' then return refuse('not_open') end
if final then return refuse('closed') end
if out_of_bounds() then return refuse('clock') end
if lot.run_id == ARGV[2] then return refuse('not_stale') end
if lot.run_id ~= ARGV[5] or lot.n ~= tonumber(ARGV[6]) then return refuse('wrong_head') end

local epoch = lot.epoch + 1
local n = append('adopted',
  ',"epoch":' .. int(epoch) .. ',"old":{"epoch":' .. int(lot.epoch) .. ',"n":' .. int(lot.n) .. ',"link":"' .. lot.link .. '"}',
  {'epoch', int(epoch), 'run_id', ARGV[2]})
return reply('ok', '{"ok":true,"n":' .. int(n) .. ',"epoch":' .. int(epoch) .. '}')
