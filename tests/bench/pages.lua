-- wrk -s pages.lua URL -- FILE: asks for URL with each line of FILE behind it, in random order, and
-- prints requests/s, p50 and p99 in ms, requests that failed and bytes of a reply, on one line.
local lines = {}
function init(args)
  for line in io.lines(args[1]) do lines[#lines + 1] = line end
  math.randomseed(os.time())
end
function request()
  return wrk.format("GET", wrk.path .. lines[math.random(#lines)])
end
function done(summary, latency)
  local e = summary.errors
  print(string.format("%.1f %.3f %.3f %d %d", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout, summary.bytes / summary.requests))
end
