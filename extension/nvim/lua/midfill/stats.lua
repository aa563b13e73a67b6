--- Counts of this session. They stay in this process.

local M = {}

local REMEMBERED = 1000

local counts = { shown = 0, accepted = 0, partly = 0 }
local latencies = {} ---@type number[]

--- A new suggestion came onto the screen.
---@param ms number after the request
function M.shown(ms)
  latencies[counts.shown % REMEMBERED + 1] = ms
  counts.shown = counts.shown + 1
end

--- Something of a suggestion was accepted.
---@param all boolean up to its end
function M.accepted(all)
  local name = all and 'accepted' or 'partly'
  counts[name] = counts[name] + 1
end

--- The counts, and how long after a request a suggestion appeared, in milliseconds.
---@return { shown: integer, accepted: integer, partly: integer, p50: number?, p95: number? }
function M.report()
  local sorted = vim.list_slice(latencies)
  table.sort(sorted)
  local function percentile(share)
    return sorted[math.ceil(share * #sorted)]
  end
  return vim.tbl_extend('error', counts, { p50 = percentile(0.5), p95 = percentile(0.95) })
end

return M
