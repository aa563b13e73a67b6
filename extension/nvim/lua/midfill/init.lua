--- Midfill: grey text while you type, from a model on your own machine. See |midfill|.

local config = require('midfill.config')

local M = {}

--- Choose options, and start the server for every file that is opened.
---@param options? midfill.Options
function M.setup(options)
  config.set(options or {})
  vim.lsp.config('midfill', { settings = { midfill = config.options.settings } })
  vim.lsp.enable('midfill')
end

local known = {} ---@type table<integer, boolean> by client

--- A buffer has a server now.
---@param client vim.lsp.Client
---@param buf integer
function M.attach(client, buf)
  if not known[client.id] then
    known[client.id] = true
    require('midfill.diagnostics').share(client)
  end
  if config.options.builtin then
    vim.lsp.inline_completion.enable(true, { client_id = client.id })
    return
  end
  require('midfill.completion').attach(buf)
end

--- Switch suggestions on or off, everywhere or in one buffer.
---@param on boolean
---@param filter? { buf: integer? } a buffer, 0 for the current one
function M.enable(on, filter)
  local buf = filter and filter.buf
  if buf then
    vim.b[buf].midfill = on
  else
    vim.g.midfill = on
  end
  if not on then
    require('midfill.completion').dismiss()
  end
  require('midfill.status').redraw()
end

--- Whether suggestions are switched on in a buffer.
---@param buf? integer
---@return boolean
function M.is_enabled(buf)
  return config.is_enabled(buf or 0)
end

--- Whether a suggestion is on the screen.
---@return boolean
function M.is_shown()
  return require('midfill.completion').is_shown()
end

--- The state of the current buffer's server in a few characters.
---@return string
function M.statusline()
  return require('midfill.status').line()
end

--- Accept the suggestion, ask for others, and so on; each returns whether it had anything to do.
for _, name in ipairs({ 'accept', 'accept_word', 'accept_line', 'next', 'previous', 'dismiss' }) do
  M[name] = function()
    return require('midfill.keys').actions[name]()
  end
end

return M
