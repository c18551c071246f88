-- say: an announcement, a fair warning or an answer of the house. The log keeps the text's salted hash.
--
-- ARGV 5 kind  6 text hash  7 text {"salt","text"}  8 expect_n or ''  9 key or ''
-- body  {"ok":true,"n"}
-- event said {kind, text}
-- Refusals: schema stale_store id_reused not_open closed clock wrong_head.

local key = ARGV[9]

if wrong_schema() then return refuse('schema') end
if stale_store() then return refuse('stale_store') end
local first = replay_of('say', key)
if first then return first end
if lot.state == 'announced' then return refuse('not_open') end
if final then return refuse('closed') end
if out_of_bounds() then return refuse('clock') end
if wrong_head(ARGV[8]) then return refuse('wrong_head') end

local n = append('said', ',"kind":"' .. ARGV[5] .. '","text":"' .. ARGV[6] .. '"', {}, ARGV[7])
return answer('say', key, '{"ok":true,"n":' .. int(n) .. '}')
