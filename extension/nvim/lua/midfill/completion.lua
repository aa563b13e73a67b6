--- Asks the server for suggestions while a person types, and keeps the one that is on the screen.

local config = require('midfill.config')
local ghost = require('midfill.ghost')
local outcome = require('midfill.outcome')
local server = require('midfill.server')
local suggestions = require('midfill.suggestion')

local M = {}

local METHOD = 'textDocument/inlineCompletion'
local INVOKED, AUTOMATIC = 1, 2
-- How long the cursor rests somewhere before the server evaluates what is around it.
local REST_MS = 250

---@class midfill.Place a cursor, 0-based, and what is around it
---@field buf integer
---@field win integer
---@field row integer
---@field before string
---@field after string
---@field lines integer

---@class midfill.Shown what is on the screen
---@field place midfill.Place
---@field candidates midfill.Suggestion[]
---@field index integer
---@field invoked boolean a person asked for it

---@class midfill.Asked a request on its way
---@field place midfill.Place
---@field client vim.lsp.Client
---@field id integer?
---@field invoked boolean
---@field step integer by how many candidates to go on once they are there

local shown ---@type midfill.Shown?
local asked ---@type midfill.Asked?

---@return midfill.Place
local function here()
  local win, buf = vim.api.nvim_get_current_win(), vim.api.nvim_get_current_buf()
  local row, col = unpack(vim.api.nvim_win_get_cursor(win))
  local line = vim.api.nvim_get_current_line()
  return {
    buf = buf,
    win = win,
    row = row - 1,
    before = line:sub(1, col),
    after = line:sub(col + 1),
    lines = vim.api.nvim_buf_line_count(buf),
  }
end

--- What was typed between two cursors; nil if something else happened.
---@param from midfill.Place
---@param to midfill.Place
---@return string?
local function typed_between(from, to)
  local down = to.row - from.row
  if from.buf ~= to.buf or from.win ~= to.win or down < 0 or to.lines - from.lines ~= down then
    return nil
  end
  local lines = vim.api.nvim_buf_get_lines(to.buf, from.row, to.row, true)
  lines[#lines + 1] = to.before
  local text = table.concat(lines, '\n')
  return vim.startswith(text, from.before) and text:sub(#from.before + 1) or nil
end

local function cancel()
  if asked and asked.id then
    asked.client:cancel_request(asked.id)
  end
  asked = nil
end

local function clear()
  if shown then
    ghost.clear(shown.place.buf)
    outcome.finish()
    shown = nil
  end
end

---@param place midfill.Place
---@param candidates midfill.Suggestion[]
---@param index integer
---@param invoked boolean
local function show(place, candidates, index, invoked)
  shown = { place = place, candidates = candidates, index = index, invoked = invoked }
  local number = #candidates > 1 and ('%d/%d'):format(index, #candidates) or nil
  ghost.draw(place.buf, place.row, #place.before, candidates[index], number)
end

--- Keep as much of the suggestion as what was typed since leaves, at the cursor. Events of typing
--- come before the screen is drawn, so that the text never moves there.
local function follow()
  if not shown then
    return
  end
  local place = here()
  local typed = typed_between(shown.place, place)
  local candidates, index = {}, 1
  for number, candidate in ipairs(typed and shown.candidates or {}) do
    local left = suggestions.follow(candidate, typed, shown.place.after, place.after)
    candidates[#candidates + 1] = left
    if left and number == shown.index then
      index = #candidates
    end
  end
  if #candidates > 0 then
    show(place, candidates, index, shown.invoked)
  else
    clear()
  end
end

--- Show what was answered to a request; what a person asked for, after what is on the screen.
---@param request midfill.Asked
---@param items lsp.InlineCompletionItem[]
local function receive(request, items)
  local place, encoding = request.place, request.client.offset_encoding
  local line, col = place.before .. place.after, #place.before
  local candidates = vim.tbl_map(function(item)
    local stop = vim.str_byteindex(line, encoding, item.range['end'].character, false)
    return { text = item.insertText, replaces = stop - col }
  end, items)
  local now = shown and shown.candidates[shown.index].text
  local goes_on = now
    and vim.iter(candidates):find(function(candidate)
      return vim.startswith(candidate.text, now)
    end)
  if request.invoked and now and not goes_on then
    table.insert(candidates, 1, shown.candidates[shown.index])
  end
  if #candidates == 0 then
    return -- What was typed into stays.
  end
  if not goes_on then
    outcome.begin(request.client, place.buf)
  end
  show(place, candidates, request.step % #candidates + 1, request.invoked)
end

--- Ask again as long as the model is still writing what was answered.
---@param request midfill.Asked
local function wait_for_the_rest(request)
  request.client:request('midfill/status', vim.empty_dict(), function(_, now)
    if now and now.partial and not asked and vim.deep_equal(request.place, here()) then
      M.ask()
    end
  end, request.place.buf)
end

--- Ask for a suggestion at the cursor, in place of what was asked before.
---@param invoked boolean? a person asks: then several candidates are made
---@param step integer? by how many candidates to go on
function M.ask(invoked, step)
  local place = here()
  local client = server.client(place.buf)
  local inserting = vim.api.nvim_get_mode().mode:sub(1, 1) == 'i'
  if not (client and inserting and (invoked or config.is_enabled(place.buf))) then
    return
  end
  cancel()
  local request = {
    place = place,
    client = client,
    invoked = invoked or false,
    step = step or 0,
  }
  asked = request
  local params = vim.lsp.util.make_position_params(place.win, client.offset_encoding)
  params.context = { triggerKind = invoked and INVOKED or AUTOMATIC }
  -- With 0 for the buffer, the server would not have its last change yet.
  local _, id = client:request(METHOD, params, function(_, result)
    if asked ~= request then
      return
    end
    asked = nil
    if not vim.deep_equal(place, here()) then
      return -- The event of the change has yet to come, and asks again.
    end
    receive(request, result and result.items or {})
    if not invoked then
      wait_for_the_rest(request)
    elseif not shown then
      server.explain(client)
    end
  end, place.buf)
  request.id = id
end

--- Take the suggestion away, and want none.
---@return boolean # false where there was none
function M.dismiss()
  local was = shown ~= nil
  cancel()
  clear()
  return was
end

--- Put the beginning of the suggestion, as `part` gives it, into the buffer, as one step of undo.
---@param part fun(text: string): string
---@return boolean # false where there is none
function M.accept(part)
  follow() -- Keys struck in a row come without events between them.
  if not shown then
    return false
  end
  local suggestion, place = shown.candidates[shown.index], shown.place
  local taken = part(suggestion.text)
  local rest = suggestion.text:sub(#taken + 1)
  local replaced = place.after:sub(1, suggestion.replaces)
  local used = rest == '' and #replaced or suggestions.used_up(rest, replaced)
  local lines = vim.split(taken, '\n', { plain = true })
  local row, col = place.row, #place.before
  if vim.fn.pumvisible() == 1 then
    vim.fn.complete(col + 1, {}) -- Closes the menu, whose word is another.
  end
  vim.cmd('let &g:undolevels = &g:undolevels') -- Begins a step, see :help undo-break.
  vim.api.nvim_buf_set_text(place.buf, row, col, row, col + used, lines)
  vim.cmd('let &g:undolevels = &g:undolevels')
  local down = #lines - 1
  local last = #lines[#lines] + (down == 0 and col or 0)
  vim.api.nvim_win_set_cursor(place.win, { row + down + 1, last })
  outcome.accepted(taken, { row, col }, { row + down, last })
  follow()
  return true
end

--- Show the candidate `step` further on; the first time, the others are asked for.
---@param step integer
---@return boolean # false where there is no server to ask
function M.cycle(step)
  follow()
  if shown and shown.invoked then
    local index = (shown.index - 1 + step) % #shown.candidates + 1
    show(shown.place, shown.candidates, index, true)
    return true
  end
  M.ask(true, shown and step)
  return asked ~= nil
end

--- Whether a suggestion is on the screen.
---@return boolean
function M.is_shown()
  return shown ~= nil
end

local function typed()
  follow()
  -- What a person asked for is whole, and stays as long as it fits.
  if not (shown and shown.invoked) then
    M.ask()
  end
end

local function moved()
  follow()
  if asked and not vim.deep_equal(asked.place, here()) then
    cancel()
  end
end

local rest = assert(vim.uv.new_timer())

local function came_to_rest()
  local buf = vim.api.nvim_get_current_buf()
  local client = server.client(buf)
  if client and config.is_enabled(buf) then
    local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
    client:notify('midfill/didMoveCursor', params)
  end
end

--- Give suggestions in a buffer from now on.
---@param buf integer
function M.attach(buf)
  local group = vim.api.nvim_create_augroup('midfill.completion', { clear = false })
  vim.api.nvim_clear_autocmds({ group = group, buffer = buf })
  local function on(events, callback)
    vim.api.nvim_create_autocmd(events, { group = group, buffer = buf, callback = callback })
  end
  on({ 'TextChangedI', 'TextChangedP' }, typed)
  on('CursorMovedI', moved)
  on('CursorMoved', function()
    rest:start(REST_MS, 0, vim.schedule_wrap(came_to_rest))
  end)
  on('InsertEnter', function()
    vim.schedule(M.ask) -- The mode is still the old one.
  end)
  on({ 'InsertLeave', 'WinLeave', 'BufLeave', 'LspDetach' }, function()
    M.dismiss()
  end)
end

return M
