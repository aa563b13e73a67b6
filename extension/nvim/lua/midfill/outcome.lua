--- What became of suggestions: the server is told, which counts on this machine alone.

local M = {
  told_after_ms = 60 * 1000,
}

local namespace = vim.api.nvim_create_namespace('midfill.accepted')

---@class midfill.Outcome
---@field client vim.lsp.Client
---@field buf integer
---@field parts { mark: integer, text: string }[] what was accepted, and where it lies
---@field told boolean

local current ---@type midfill.Outcome?

--- How many characters of `before` are in `after`, which it became.
---@param before string
---@param after string
---@return integer
local function kept(before, after)
  local function as_lines(text)
    local characters = vim.fn.split(text:gsub('\n', '\r'), '\\zs')
    return table.concat(characters, '\n') .. '\n', #characters
  end
  local was, count = as_lines(before)
  local diff = vim.text.diff or vim.diff
  for _, hunk in ipairs(diff(was, (as_lines(after)), { result_type = 'indices' })) do
    count = count - hunk[2]
  end
  return count
end

---@param outcome midfill.Outcome
local function tell(outcome)
  local buf = outcome.buf
  if outcome.told or outcome.client:is_stopped() then
    return
  end
  outcome.told = true
  local told = { languageId = vim.bo[buf].filetype, accepted = 0, kept = 0 }
  for _, part in ipairs(outcome.parts) do
    local row, col, details =
      unpack(vim.api.nvim_buf_get_extmark_by_id(buf, namespace, part.mark, { details = true }))
    local now = vim.api.nvim_buf_get_text(buf, row, col, details.end_row, details.end_col, {})
    told.accepted = told.accepted + vim.fn.strchars(part.text)
    told.kept = told.kept + kept(part.text, table.concat(now, '\n'))
    vim.api.nvim_buf_del_extmark(buf, namespace, part.mark)
  end
  outcome.client:notify('midfill/didEndSuggestion', told)
end

--- The suggestion is off the screen.
function M.finish()
  local ended = current
  current = nil
  if not ended then
    return
  end
  local function now()
    tell(ended)
  end
  if #ended.parts == 0 then
    now()
    return
  end
  vim.defer_fn(now, M.told_after_ms)
  -- Later nobody could tell what is left.
  vim.api.nvim_create_autocmd('BufUnload', { buffer = ended.buf, once = true, callback = now })
end

--- A new suggestion is on the screen.
---@param client vim.lsp.Client
---@param buf integer
function M.begin(client, buf)
  M.finish()
  current = { client = client, buf = buf, parts = {}, told = false }
end

--- A part of the suggestion was accepted, and lies between two places (0-based).
---@param text string
---@param from integer[]
---@param to integer[]
function M.accepted(text, from, to)
  local options = { end_row = to[1], end_col = to[2] }
  local mark = vim.api.nvim_buf_set_extmark(current.buf, namespace, from[1], from[2], options)
  table.insert(current.parts, { mark = mark, text = text })
end

return M
