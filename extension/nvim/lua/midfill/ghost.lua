--- Draws a suggestion as grey text: in the line as inline virtual text, below it as virtual lines.

local suggestions = require('midfill.suggestion')

local M = { namespace = vim.api.nvim_create_namespace('midfill') }

local HIGHLIGHT = 'MidfillGhost'

--- Take the grey text away.
---@param buf integer
function M.clear(buf)
  if vim.api.nvim_buf_is_valid(buf) then
    vim.api.nvim_buf_clear_namespace(buf, M.namespace, 0, -1)
  end
end

---@param buf integer
---@param row integer
---@param col integer
---@param text { [1]: string, [2]: string? }[]
---@param options vim.api.keyset.set_extmark
local function mark(buf, row, col, text, options)
  options.virt_text = text
  options.hl_mode = 'combine'
  vim.api.nvim_buf_set_extmark(buf, M.namespace, row, col, options)
end

--- Draw a suggestion at a place (0-based, in bytes), in the current window only.
---@param buf integer
---@param row integer
---@param col integer
---@param suggestion midfill.Suggestion
---@param number string? which of how many, shown at the right
function M.draw(buf, row, col, suggestion, number)
  M.clear(buf)
  -- The one way to keep it out of other windows of the buffer. Neovim calls it experimental.
  vim.api.nvim__ns_set(M.namespace, { wins = { vim.api.nvim_get_current_win() } })
  local after = vim.api.nvim_buf_get_lines(buf, row, row + 1, true)[1]:sub(col + 1)
  local replaced, stays = after:sub(1, suggestion.replaces), after:sub(suggestion.replaces + 1)
  local lines = vim.split(suggestion.text, '\n', { plain = true })
  local first = table.remove(lines, 1)
  local pieces = suggestions.pieces(first, replaced)
  for _, piece in ipairs(pieces or { { 0, first } }) do
    local at = col + piece[1]
    mark(buf, row, at, { { piece[2], HIGHLIGHT } }, { virt_text_pos = 'inline' })
  end
  if number then
    mark(buf, row, col, { { number, HIGHLIGHT } }, { virt_text_pos = 'eol_right_align' })
  end
  if #lines == 0 then
    return
  end
  local below = vim.tbl_map(function(line)
    return { { line, HIGHLIGHT } }
  end, lines)
  -- What stands right of the cursor will stand after the last line.
  table.insert(below[#below], { stays })
  local covered = pieces and stays or after
  local blank = (' '):rep(vim.fn.strdisplaywidth(covered))
  local from = col + #after - #covered
  mark(buf, row, from, { { blank } }, { virt_text_pos = 'overlay', virt_lines = below })
end

return M
