-- Sends lines of a file as bodies, in random order. MACHINE in a line is another machine each time.
local lines = {}
for line in io.lines(os.getenv("KEYWARD_BENCH_BODIES")) do lines[#lines + 1] = line end

function init()
  math.randomseed(tonumber(os.getenv("KEYWARD_BENCH_SEED")))
end

local function machine()
  return string.format("m-%06x%06x", math.random(0, 0xffffff), math.random(0, 0xffffff))
end

function request()
  return wrk.format("POST", nil, nil, (lines[math.random(#lines)]:gsub("MACHINE", machine)))
end
