-- open_lot: begins the log with event 1, which holds all that a proof needs.
--
-- ARGV 5 opens_at  6 terms (ready JSON)  7 reserve_hash or ''  8 reserve or ''  9 salt or ''
--      10… field, value of the terms in the lot hash
-- body  {"ok":true,"n":1,"ends_at"}
-- event opened {epoch, schema, terms, reserve_hash, ends_at}
-- Refusals: schema exists closed clock not_due.

if wrong_schema() then return refuse('schema') end
if live then return refuse('exists') end
if final then return refuse('closed') end
if out_of_bounds() then return refuse('clock') end
if now < tonumber(ARGV[5]) then return refuse('not_due') end

local fields = {}
for i = 10, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
local ends_at = nil
if fields.clock_starts == 'opening' then ends_at = now + tonumber(fields.duration_ms) end

local changes = {'schema', SCHEMA, 'run_id', ARGV[2], 'state', 'open', 'epoch', '1', 'opened_at', int(now), 'since', int(now),
  'ends_at', cell(ends_at), 'reserve', ARGV[8], 'salt', ARGV[9]}
for i = 10, #ARGV do changes[#changes + 1] = ARGV[i] end
append('opened',
  ',"epoch":1,"schema":' .. SCHEMA .. ',"terms":' .. ARGV[6] .. ',"reserve_hash":' .. str(ARGV[7] ~= '' and ARGV[7] or nil) ..
  ',"ends_at":' .. num(ends_at), changes)
return reply('ok', '{"ok":true,"n":1,"ends_at":' .. num(ends_at) .. '}')
