-- The words that all scripts of a lot share; put in front of each of them when it is loaded.
--
-- KEYS, the same for every script, all in the lot's slot:
--   1 lot      hash    only what decisions need; an empty string is null, no `state` is `announced`
--   2 events   stream  the truth: ids n-0 from 1, one field `e` with the event's bytes
--   3 bidders  hash    code -> rank, code:hold, code:tat, code:refused, code:bids, code:matched:price
--   4 answers  hash    code:id -> amount|verdict|decision; code#slot -> id (ring of refusals); op:key -> name|answer;
--                      u:n -> n of the bid that stood before bid n
--   5 texts    hash    n -> {"salt","text"}: the free text of event n, redactable
--   6 channel          where an event's bytes are published, sharded
-- ARGV, the same for every script but read_lot:
--   1 schema  2 run_id  3 not_before  4 not_after   (store time in ms)
-- Returns {verdict, body, store time in ms, 1 where the body is a first answer replayed}.
--
-- Money and times are doubles here, exact to 2^53; they leave only through int(), because tostring, .. and cjson write
-- 1e+15. Everything is validated before the first write, which is XADD: scripts do not roll back.

local LOT, EVENTS, BIDDERS, ANSWERS, TEXTS, CHANNEL = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local SCHEMA = '1'

-- Read once: on Redis 7.0 it moves while the script runs.
local time = redis.call('TIME')
local store_time = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local NUMBERS = {'n', 'epoch', 'price', 'rank', 'top', 'ends_at', 'remaining_ms', 'resumes_at', 'bids', 'registered',
  'extensions', 'opened_at', 'since', 'last', 'start', 'increment', 'duration_ms', 'window_ms', 'extension_ms',
  'max_extensions', 'hard_end', 'slip_steps', 'reserve'}
local WORDS = {'schema', 'run_id', 'state', 'link', 'leader', 'ground', 'ladder', 'clock_starts', 'self_raise', 'retract',
  'salt', 'outage'}

local lot = {}
do
  local values = redis.call('HMGET', LOT, unpack(NUMBERS))
  for i = 1, #NUMBERS do lot[NUMBERS[i]] = tonumber(values[i] or '') end
  values = redis.call('HMGET', LOT, unpack(WORDS))
  for i = 1, #WORDS do
    if values[i] and values[i] ~= '' then lot[WORDS[i]] = values[i] end
  end
end
lot.state = lot.state or 'announced'
lot.n, lot.epoch, lot.rank, lot.top, lot.bids = lot.n or 0, lot.epoch or 0, lot.rank or 0, lot.top or 0, lot.bids or 0
lot.registered, lot.extensions, lot.last = lot.registered or 0, lot.extensions or 0, lot.last or 0
lot.link = lot.link or ''

local live = lot.state == 'open' or lot.state == 'paused'
local final = not live and lot.state ~= 'announced'
local now = math.max(store_time, lot.last)

local function int(x) return string.format('%.0f', x) end
local function num(x) return x and int(x) or 'null' end
local function str(s) return s and '"' .. s .. '"' or 'null' end
local function cell(x) return x and int(x) or '' end

-- The step in force at a price.
local function step_at(price)
  for below, step in string.gmatch(lot.ladder or '', '(%d+):(%d+)') do
    if below == '0' or price < tonumber(below) then return tonumber(step) end
  end
  return lot.increment
end

-- The lowest amount acceptable next: nil before the opening and after the end.
local function ask()
  if not live then return nil end
  if lot.price then return lot.price + step_at(lot.price) end
  return lot.start
end

-- 'true', 'false', or 'null' where the reserve is not hidden.
local function reserve_met()
  if not lot.reserve then return 'null' end
  return (lot.price and lot.price >= lot.reserve) and 'true' or 'false'
end

local function reply(verdict, body, replayed)
  return {verdict, body, int(store_time), replayed and 1 or 0}
end

-- The one refusal of every command but a bid.
local function refuse(code)
  return reply(code, '{"ok":false,"code":"' .. code .. '","n":' .. int(lot.n) .. ',"state":"' .. lot.state ..
    '","ends_at":' .. num(lot.ends_at) .. ',"resumes_at":' .. num(lot.resumes_at) .. '}')
end

local function wrong_schema() return ARGV[1] ~= SCHEMA or (lot.schema and lot.schema ~= SCHEMA) end
-- A lot that is not live belongs to no process of the store: its log must not grow at each restart.
local function stale_store() return live and lot.run_id ~= ARGV[2] end
local function out_of_bounds() return store_time < tonumber(ARGV[3]) or store_time > tonumber(ARGV[4]) end
local function wrong_head(expect_n) return expect_n ~= '' and tonumber(expect_n) ~= lot.n end

-- Keeps a free text, {"salt","text"} or '', beside event n, and publishes it as a frame without a number.
local function tell(n, text)
  if text == '' then return end
  redis.call('HSET', TEXTS, int(n), text)
  redis.call('SPUBLISH', CHANNEL, '{"t":"text","n":' .. int(n) .. ',' .. string.sub(text, 2))
end

-- Appends event n+1 to the log, writes the changed fields, publishes the same bytes. `rest` is the event's JSON after the
-- link, beginning with a comma or empty; `changes` are field, value, … of the lot hash; `text` is {"salt","text"} or ''.
local function append(kind, rest, changes, text)
  local n = lot.n + 1
  local event = '{"n":' .. int(n) .. ',"t":"' .. kind .. '","at":' .. int(now) .. ',"link":"' .. lot.link .. '"' .. rest .. '}'
  redis.call('XADD', EVENTS, int(n) .. '-0', 'e', event)
  redis.call('HSET', LOT, 'n', int(n), 'link', redis.sha1hex(event), 'last', int(now), unpack(changes))
  redis.call('SPUBLISH', CHANNEL, event)
  tell(n, text or '')
  return n
end

-- An operator's command answers once for its key. Returns the reply to give, or nil where the key is new or empty.
local function replay_of(name, key)
  if key == '' then return nil end
  local kept = redis.call('HGET', ANSWERS, 'op:' .. key)
  if not kept then return nil end
  local kept_name, body = string.match(kept, '^([a-z_]+)|(.*)$')
  if kept_name ~= name then return refuse('id_reused') end
  return reply('ok', body, true)
end

local function answer(name, key, body)
  if key ~= '' then redis.call('HSET', ANSWERS, 'op:' .. key, name .. '|' .. body) end
  return reply('ok', body)
end
