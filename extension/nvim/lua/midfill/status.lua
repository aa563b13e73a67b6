--- What the server says of its state, for a status line.

local config = require('midfill.config')
local server = require('midfill.server')

local M = {}

---@class midfill.Status the notification `didChangeStatus`
---@field busy boolean
---@field kind 'Normal'|'Warning'|'Error'|'Inactive'
---@field message string

local states = {} ---@type table<integer, midfill.Status>
local progress = {} ---@type table<integer, table<string|integer, string>> by client and token

--- Draw the status lines again, and tell others: the event `User MidfillStatus`.
function M.redraw()
  vim.api.nvim_exec_autocmds('User', { pattern = 'MidfillStatus', modeline = false })
  vim.cmd.redrawstatus({ bang = true })
end

--- A server tells of its state.
---@param client integer
---@param status midfill.Status
function M.changed(client, status)
  states[client] = status
  M.redraw()
end

-- What takes long, and would go on unseen where the status line does not show it.
local ANNOUNCED = { 'downloading', 'repairing' }

vim.api.nvim_create_autocmd('LspProgress', {
  group = vim.api.nvim_create_augroup('midfill.status', {}),
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if not client or client.name ~= 'midfill' then
      return
    end
    local token, now = event.data.params.token, event.data.params.value
    local doing = now.title and now.title:match('^Midfill: (%a+)')
    if now.kind == 'begin' and vim.list_contains(ANNOUNCED, doing) then
      server.say((now.title:gsub('^Midfill: ', '')))
    end
    local percent = now.percentage and (' %d%%'):format(now.percentage) or ''
    local current = vim.tbl_get(progress, client.id) or {}
    current[token] = now.kind ~= 'end' and doing and doing .. percent or nil
    progress[client.id] = current
    M.redraw()
  end,
})

--- Stop what a server tells the progress of.
---@param client vim.lsp.Client
---@return boolean # false where there is nothing
function M.stop(client)
  local tokens = vim.tbl_keys(progress[client.id] or {})
  for _, token in ipairs(tokens) do
    client:notify('window/workDoneProgress/cancel', { token = token })
  end
  return #tokens > 0
end

local WORDS = { Normal = 'ready', Warning = 'warning', Error = 'error', Inactive = 'off' }

--- One word for the state of the current buffer's server, and how far it is; nil without a server.
---@return string?
function M.word()
  local client = server.client(vim.api.nvim_get_current_buf())
  if not client then
    return nil
  end
  local status = states[client.id] or { kind = 'Normal', busy = true }
  if not config.is_enabled(0) then
    return 'off'
  end
  local _, doing = next(progress[client.id] or {})
  return doing or (status.busy and 'thinking') or WORDS[status.kind]
end

--- The status line's component: "" without a server.
---@return string
function M.line()
  local word = M.word()
  return word and 'Midfill ' .. word or ''
end

return M
