--- Windows with a text that belongs to no file.

local M = {}

--- Open one below, as high as its text where there is room.
---@param name string
---@param syntax string
---@param lines string[]
---@param enter boolean whether the cursor goes there
---@return integer # its buffer, which is gone with the window
function M.open(name, syntax, lines, enter)
  local buf = vim.api.nvim_create_buf(false, true)
  vim.bo[buf].bufhidden = 'wipe'
  vim.api.nvim_buf_set_name(buf, ('midfill://%d/%s'):format(buf, name))
  vim.api.nvim_buf_set_lines(buf, 0, -1, true, lines)
  vim.bo[buf].modifiable, vim.bo[buf].syntax = false, syntax
  local height = math.min(#lines, math.floor(vim.o.lines * 2 / 3))
  vim.api.nvim_open_win(buf, enter, { split = 'below', height = height })
  return buf
end

return M
