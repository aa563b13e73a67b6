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

--- The text with blanks for its tabs, which Neovim does not draw within a line.
---@param text string
---@param column integer of the screen, where the text begins
---@return string
local function without_tabs(text, column)
  local before, after = text:match('^([^\t]*)\t(.*)$')
  while before do
    local width = vim.fn.strdisplaywidth('\t', column + vim.fn.strdisplaywidth(before, column))
    text = before .. (' '):rep(width) .. after
    before, after = text:match('^([^\t]*)\t(.*)$')
  end
  return text
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
  local line = vim.api.nvim_buf_get_lines(buf, row, row + 1, true)[1]
  local after = line:sub(col + 1)
  local replaced, stays = after:sub(1, suggestion.replaces), after:sub(suggestion.replaces + 1)
  local lines = vim.split(suggestion.text, '\n', { plain = true })
  local first = table.remove(lines, 1)
  local pieces = suggestions.pieces(first, replaced)
  local drawn = 0
  for _, piece in ipairs(pieces or { { 0, first } }) do
    local at = col + piece[1]
    local column = vim.fn.strdisplaywidth(line:sub(1, at)) + drawn
    local text = without_tabs(piece[2], column)
    mark(buf, row, at, { { text, HIGHLIGHT } }, { virt_text_pos = 'inline' })
    drawn = drawn + vim.fn.strdisplaywidth(text)
  end
  if number then
    mark(buf, row, col, { { number, HIGHLIGHT } }, { virt_text_pos = 'eol_right_align' })
  end
  if #lines == 0 then
    return
  end
  local below = vim.tbl_map(function(text)
    return { { text, HIGHLIGHT } }
  end, lines)
  -- What stands right of the cursor will stand after the last line.
  table.insert(below[#below], { stays })
  local covered = pieces and stays or after
  local blank = (' '):rep(vim.fn.strdisplaywidth(covered))
  local from = col + #after - #covered
  mark(buf, row, from, { { blank } }, { virt_text_pos = 'overlay', virt_lines = below })
end

return M
