--- `:checkhealth midfill`.

local config = require('midfill.config')

local M = {}

local function check_command()
  local cmd = vim.lsp.config.midfill.cmd
  if type(cmd) == 'function' then
    return -- It connects in a way of its own.
  end
  local command = cmd[1]
  if vim.fn.executable(command) == 0 then
    vim.health.error(("'%s' is not an executable command"):format(command), {
      'pip install midfill',
      "or name it: vim.lsp.config('midfill', { cmd = { '/path/to/midfill', 'serve' } })",
    })
    return
  end
  local done = vim.system({ command, '--version' }, { text = true }):wait()
  if done.code == 0 then
    vim.health.ok(vim.trim(done.stdout))
  else
    vim.health.error(("'%s --version' failed"):format(command), { vim.trim(done.stderr) })
  end
end

--- In the current buffer.
local function check_keys()
  local file = vim.fn.expand('%:.')
  for name, lhs in vim.spairs(config.options.keys) do
    local mapping = lhs and vim.fn.maparg(lhs, 'i', false, true) or {}
    local ours = vim.startswith(mapping.desc or '', 'Midfill')
    if lhs and not ours and not vim.tbl_isempty(mapping) then
      local advice =
        "call require('midfill').%s() there; it returns false where it has no use for the key"
      vim.health.info(('%s (%s) has another mapping in %s'):format(lhs, name, file), {
        advice:format(name),
      })
    end
  end
end

local function check_server()
  if not vim.lsp.is_enabled('midfill') then
    vim.health.warn('the server is not enabled', { "call require('midfill').setup()" })
    return
  end
  local clients = vim.lsp.get_clients({ name = 'midfill' })
  if #clients == 0 then
    vim.health.warn('no server runs', { 'open a file', ':Midfill log' })
  end
  for _, client in ipairs(clients) do
    local answer = client:request_sync('midfill/status', vim.empty_dict(), 5000)
    local now = answer and answer.result
    local folder = client.root_dir or 'files without a folder'
    if not now then
      vim.health.error(('the server of %s does not answer'):format(folder), { ':Midfill log' })
    elseif now.kind == 'Error' or now.kind == 'Warning' then
      vim.health.warn(('%s: %s'):format(folder, now.message))
    else
      vim.health.ok(('%s: %s'):format(folder, now.model))
    end
    for buf in pairs(client.attached_buffers) do
      vim.api.nvim_buf_call(buf, check_keys)
    end
  end
end

--- Find what keeps suggestions from appearing.
function M.check()
  vim.health.start('midfill')
  if vim.fn.has('nvim-0.11') == 0 then
    vim.health.error('Neovim 0.11 or newer is needed')
    return
  end
  check_command()
  check_server()
end

return M
