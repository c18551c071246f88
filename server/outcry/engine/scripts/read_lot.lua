-- read_lot: the view of a lot. Writes nothing and ignores run_id; no ARGV.
--
-- body {"state","n","epoch","link","run_id","price","ask","leader","rank","top","ends_at","remaining_ms","resumes_at",
--       "ground","bids","registered","extensions","reserve_met","opened_at","since","last","outage"}

return reply('ok', '{"state":"' .. lot.state .. '","n":' .. int(lot.n) .. ',"epoch":' .. int(lot.epoch) .. ',"link":"' ..
  lot.link .. '","run_id":"' .. (lot.run_id or '') .. '","price":' .. num(lot.price) .. ',"ask":' .. num(ask()) ..
  ',"leader":' .. str(lot.leader) .. ',"rank":' .. int(lot.rank) .. ',"top":' .. int(lot.top) .. ',"ends_at":' ..
  num(lot.ends_at) .. ',"remaining_ms":' .. num(lot.remaining_ms) .. ',"resumes_at":' .. num(lot.resumes_at) ..
  ',"ground":' .. str(lot.ground) .. ',"bids":' .. int(lot.bids) .. ',"registered":' .. int(lot.registered) ..
  ',"extensions":' .. int(lot.extensions) .. ',"reserve_met":' .. reserve_met() .. ',"opened_at":' .. num(lot.opened_at) ..
  ',"since":' .. num(lot.since) .. ',"last":' .. int(lot.last) .. ',"outage":' .. tostring(lot.outage ~= nil) .. '}')
