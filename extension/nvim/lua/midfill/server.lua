--- The language server's process: which one a buffer has, and what to do when it ends by itself.

local M = { log = vim.fs.joinpath(vim.fn.stdpath('log'), 'midfill.log') }

local SIGTERM = 15 -- Neovim's, for a server that it does not wait for.
local MOST_CRASHES = 3
-- After this long without a crash they are counted anew.
local FORGIVEN_MS = 60 * 1000

local crashes, last_crash = 0, 0

--- The client of a buffer.
---@param buf integer
---@return vim.lsp.Client?
function M.client(buf)
  return vim.lsp.get_clients({ bufnr = buf, name = 'midfill' })[1]
end

--- The client of the current buffer; says what is wrong where there is none.
---@return vim.lsp.Client?
function M.current()
  local client = M.client(vim.api.nvim_get_current_buf())
  if not client then
    M.say('no server for this buffer; :checkhealth midfill tells more', vim.log.levels.WARN)
  end
  return client
end

---@param message string
---@param level integer? of `vim.log.levels`
function M.say(message, level)
  vim.notify('Midfill: ' .. message, level or vim.log.levels.INFO)
end

--- Run a command of the server.
---@param client vim.lsp.Client
---@param command string
---@param arguments any[]
---@param done? fun(result: any)
function M.execute(client, command, arguments, done)
  local params = { command = command, arguments = arguments }
  client:request('workspace/executeCommand', params, function(failure, result)
    if failure then
      M.say(failure.message, vim.log.levels.ERROR)
    elseif done then
      done(result)
    end
  end)
end

--- Tell why the last suggestion was empty.
---@param client vim.lsp.Client
function M.explain(client)
  M.execute(client, 'midfill.whyNoSuggestion', {}, function(reason)
    if reason and reason ~= vim.NIL then
      M.say('no suggestion: ' .. reason)
    end
  end)
end

--- Start the server for all buffers that have none.
function M.start()
  crashes = 0
  vim.lsp.enable('midfill')
end

--- The server's process has ended: start it again, unless that was wanted or goes on failing.
---@param code integer
---@param signal integer
function M.exited(code, signal)
  local wanted = code == 0 and (signal == 0 or signal == SIGTERM)
  if wanted or vim.v.exiting ~= vim.NIL or not vim.lsp.is_enabled('midfill') then
    return
  end
  local now = vim.uv.now()
  crashes = now - last_crash < FORGIVEN_MS and crashes + 1 or 1
  last_crash = now
  local how = signal ~= 0 and ('signal %d'):format(signal) or ('exit status %d'):format(code)
  vim.schedule(function()
    if crashes >= MOST_CRASHES then
      local advice = ':Midfill log tells more, :Midfill enable starts it again'
      local message = ('the server ended %d times in a row (%s); %s'):format(crashes, how, advice)
      M.say(message, vim.log.levels.ERROR)
      return
    end
    M.say(('the server ended (%s) and is started again'):format(how), vim.log.levels.WARN)
    vim.defer_fn(function()
      vim.lsp.enable('midfill')
    end, 1000 * 2 ^ (crashes - 1))
  end)
end

return M
