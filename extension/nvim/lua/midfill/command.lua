--- The command `:Midfill`.

local diagnostics = require('midfill.diagnostics')
local scratch = require('midfill.scratch')
local server = require('midfill.server')

local M = {}

local ERROR = vim.log.levels.ERROR

---@param lines string[]
local function print_lines(lines)
  vim.api.nvim_echo({ { table.concat(lines, '\n') } }, true, {})
end

---@param client vim.lsp.Client
---@param method string
---@param params table
---@param done fun(result: any)
local function ask(client, method, params, done)
  client:request(method, params, function(failure, result)
    if failure then
      server.say(failure.message, ERROR)
    else
      done(result)
    end
  end, vim.api.nvim_get_current_buf())
end

--- Where the model runs.
---@param now table what the server says of its state
---@return string
local function place(now)
  if now.backend ~= '' and now.backend ~= 'local' then
    return now.backend
  end
  return 'this machine' .. (now.device ~= '' and (' (%s)'):format(now.device) or '')
end

local function status(client)
  ask(client, 'midfill/status', vim.empty_dict(), function(now)
    local lines = {
      ('Midfill is %s%s'):format(
        require('midfill.status').word() or 'gone',
        now.model ~= '' and (', with %s on %s'):format(now.model, place(now)) or ''
      ),
    }
    if now.reason and now.reason ~= vim.NIL then
      lines[#lines + 1] = 'No suggestion: ' .. now.reason
    elseif now.ms.total then
      local cost = 'Last suggestion: %d ms (%s), %d tokens evaluated, %d reused, %d generated'
      lines[#lines + 1] = cost:format(
        now.ms.total,
        now.source,
        now.tokens_evaluated,
        now.tokens_reused,
        now.tokens_generated
      )
    end
    print_lines(lines)
  end)
end

local function context(client)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  ask(client, 'midfill/context', params, function(shown)
    local lines = { ('# %d of %d tokens'):format(shown.tokens, shown.budget) }
    if #shown.pieces == 0 then
      vim.list_extend(lines, { '', 'Nothing of other files helps here.' })
    end
    for _, piece in ipairs(shown.pieces) do
      local place = ('%s:%d'):format(piece.path, piece.start_line)
      vim.list_extend(lines, { '', ('## %s, %s'):format(place, piece.reason), '', '```' })
      vim.list_extend(lines, vim.split(vim.trim(piece.text), '\n', { plain = true }))
      lines[#lines + 1] = '```'
    end
    lines[#lines + 1] = ''
    for _, piece in ipairs(shown.left_out) do
      lines[#lines + 1] = ('- left out: %s: %s'):format(piece.path, piece.why)
    end
    scratch.open('context', 'markdown', lines, true)
  end)
end

---@param client vim.lsp.Client
---@param model table as `midfill models list --json` has it
local function use(client, model)
  -- First, for the setting of a model that is missing has the server offer one.
  if not model.installed then
    server.execute(client, 'midfill.pullModel', { model.short })
  end
  client.settings = vim.tbl_deep_extend('force', client.settings, {
    midfill = { model = model.short },
  })
  client:notify('workspace/didChangeConfiguration', { settings = client.settings })
end

---@param model table
---@return string? # nil where nothing was measured yet
local function expected(model)
  if not model.fits then
    return 'needs more memory than there is'
  end
  local known = model.expected
  if known == nil or known == vim.NIL then
    return nil
  end
  local about = known.measured and '' or '≈ '
  local words = ('%s%.0f ms for a suggestion'):format(about, known.suggestion_ms)
  return known.late and words .. ', too slow for typing' or words
end

local function models(client)
  ask(client, 'midfill/models', vim.empty_dict(), function(known)
    vim.ui.select(known.models, {
      prompt = 'Model, for this session:',
      format_item = function(model)
        local size = ('%.1f GB'):format(model.bytes / 1e9)
        local state = model.installed and 'installed' or 'to be downloaded'
        local words = { model.short, size, model.licence, state, expected(model) }
        return table.concat(words, '  ')
      end,
    }, function(model)
      if model then
        use(client, model)
      end
    end)
  end)
end

--- Within how many milliseconds half of the answers came; nil if that was not measured.
---@param counts { [1]: integer, [2]: integer }[] upper bounds, and how many answers lie under each
---@return integer?
local function median(counts)
  local all, passed = 0, 0
  for _, count in ipairs(counts) do
    all = all + count[2]
  end
  for _, count in ipairs(counts) do
    passed = passed + count[2]
    if 2 * passed >= all then
      return count[1] ~= vim.NIL and count[1] or nil
    end
  end
end

local SOURCES = { model = 'the model', cache = 'what was there before', flight = 'what was begun' }

local function stats(client)
  ask(client, 'midfill/statistics', vim.empty_dict(), function(now)
    local lines = { ('In %d days, on this machine:'):format(now.days) }
    for _, each in ipairs(now.languages) do
      local counts = '%s: %d shown, %d accepted'
      lines[#lines + 1] = counts:format(each.language, each.shown, each.accepted)
    end
    local left = '%d characters accepted, %d of them there a minute later'
    lines[#lines + 1] = left:format(now.characters.accepted, now.characters.kept)
    for source, counts in vim.spairs(now.latency) do
      local within = median(counts)
      local when = within and ('within %d ms'):format(within) or 'later than can be told'
      lines[#lines + 1] = ('From %s: half %s'):format(SOURCES[source], when)
    end
    print_lines(lines)
  end)
end

--- Repair what a diagnostic says of some lines.
---@param client vim.lsp.Client
---@param first integer from 0
---@param last integer
local function fix(client, first, last)
  local buf = vim.api.nvim_get_current_buf()
  local found = diagnostics.of_lines(buf, first, last, client.offset_encoding)
  if #found == 0 then
    server.say('no diagnostic is here; say what is wrong: :Midfill repair WHAT')
    return
  end
  local function chosen(diagnostic)
    if diagnostic then
      server.execute(client, 'midfill.fix', { vim.uri_from_bufnr(buf), diagnostic })
    end
  end
  if #found == 1 then
    chosen(found[1])
    return
  end
  local function message(diagnostic)
    return diagnostic.message
  end
  vim.ui.select(found, { prompt = 'Repair:', format_item = message }, chosen)
end

---@param client vim.lsp.Client
---@param argument string what is wanted, or `--test` and a command; "": what a diagnostic says
---@param lines { [1]: integer, [2]: integer }? the first and the last, from 1
local function repair(client, argument, lines)
  if not client.root_dir then
    server.say('no folder to repair in: put .git or .midfill.toml there', ERROR)
    return
  end
  local here = vim.api.nvim_win_get_cursor(0)[1]
  local first, last = unpack(lines or { here, here })
  local tests = argument:match('^%-%-test%s+(.*)$')
  local uri = vim.uri_from_bufnr(0)
  if tests then
    server.execute(client, 'midfill.repairTests', { uri, tests })
  elseif argument ~= '' then
    local range = {
      start = { line = first - 1, character = 0 },
      ['end'] = { line = last, character = 0 },
    }
    server.execute(client, 'midfill.repair', { uri, range, argument })
  else
    fix(client, first - 1, last - 1)
  end
end

---@param client vim.lsp.Client
local function stop(client)
  if not require('midfill.status').stop(client) then
    server.say('nothing is going on')
  end
end

---@param on boolean
local function switch(on)
  return function(where)
    require('midfill').enable(on, where == 'buffer' and { buf = 0 } or nil)
    if on then
      server.start()
    end
  end
end

---@param action fun(client: vim.lsp.Client, argument: string, lines: integer[]?)
local function with_client(action)
  return function(argument, lines)
    local client = server.current()
    if client then
      action(client, argument, lines)
    end
  end
end

---@type table<string, string[]> arguments
local WORDS = { enable = { 'buffer' }, disable = { 'buffer' }, repair = { '--test' } }

---@type table<string, fun(argument: string, lines: integer[]?)>
local COMMANDS = {
  status = with_client(status),
  repair = with_client(repair),
  stop = with_client(stop),
  context = with_client(context),
  models = with_client(models),
  stats = with_client(stats),
  enable = switch(true),
  disable = switch(false),
  log = function()
    vim.cmd.tabedit(vim.fn.fnameescape(server.log))
  end,
}

--- Run `:Midfill` with what follows it.
---@param arguments string
---@param lines integer[]? the first and the last of its range
function M.run(arguments, lines)
  local name, argument = arguments:match('^(%S*)%s*(.-)%s*$')
  local command = COMMANDS[name == '' and 'status' or name]
  local free = argument == '' or name == 'repair'
  if command and (free or vim.list_contains(WORDS[name] or {}, argument)) then
    command(argument, lines)
  else
    local known = table.concat(vim.fn.sort(vim.tbl_keys(COMMANDS)), ', ')
    local said = "there is no ':Midfill %s'; there are: %s"
    server.say(said:format(arguments, known), ERROR)
  end
end

--- What `:Midfill` can be completed with.
---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local before = vim.split(line:sub(1, #line - #lead), '%s+', { trimempty = true })
  local words = {}
  if #before == 1 then
    words = vim.tbl_keys(COMMANDS)
  elseif #before == 2 then
    words = WORDS[before[2]] or {}
  end
  return vim.fn.sort(vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, words))
end

return M
