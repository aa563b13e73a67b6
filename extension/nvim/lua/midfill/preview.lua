--- Shows a change of files before it is made: writing its diff makes it, closing that drops it.

local scratch = require('midfill.scratch')
local server = require('midfill.server')

local M = {}

---@class midfill.Change of one file
---@field buf integer
---@field edits lsp.TextEdit[]
---@field before string[] its lines, for which the edits are
---@field after string[]

---@param buf integer
---@return string[]
local function lines_of(buf)
  return vim.api.nvim_buf_get_lines(buf, 0, -1, true)
end

---@param buf integer
---@return string
local function name_of(buf)
  return vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buf), ':.')
end

---@param buf integer
local function refuse(buf)
  local advice = '%s has changed meanwhile: nothing was done, ask again'
  server.say(advice:format(name_of(buf)), vim.log.levels.ERROR)
end

---@param document lsp.TextDocumentEdit
---@param encoding string
---@return midfill.Change? # nil if the buffer is newer
local function change_of(document, encoding)
  local buf = vim.uri_to_bufnr(document.textDocument.uri)
  vim.fn.bufload(buf)
  local version = document.textDocument.version
  if version and version ~= vim.lsp.util.buf_versions[buf] then
    return refuse(buf)
  end
  -- The notes are shown once, for all edits.
  local edits = vim.tbl_map(function(edit)
    return { range = edit.range, newText = edit.newText }
  end, document.edits)
  local before = lines_of(buf)
  local copy = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(copy, 0, -1, true, before)
  vim.lsp.util.apply_text_edits(edits, copy, encoding)
  local after = lines_of(copy)
  vim.api.nvim_buf_delete(copy, { force = true })
  return { buf = buf, edits = edits, before = before, after = after }
end

---@param change midfill.Change
---@return string[]
local function diff_of(change)
  local diff = vim.text.diff or vim.diff
  local before = table.concat(change.before, '\n') .. '\n'
  local hunks = diff(before, table.concat(change.after, '\n') .. '\n', { ctxlen = 3 })
  local name = name_of(change.buf)
  local lines = { '--- a/' .. name, '+++ b/' .. name }
  return vim.list_extend(lines, vim.split(hunks:sub(1, -2), '\n', { plain = true }))
end

--- Make all changes, if none of their files is another now.
---@param changes midfill.Change[]
---@param encoding string
---@return boolean
local function make(changes, encoding)
  for _, change in ipairs(changes) do
    if not vim.deep_equal(lines_of(change.buf), change.before) then
      refuse(change.buf)
      return false
    end
  end
  for _, change in ipairs(changes) do
    vim.lsp.util.apply_text_edits(change.edits, change.buf, encoding)
  end
  return true
end

---@param changes midfill.Change[]
---@param notes string[]
---@param encoding string
---@param done fun(made: boolean)
local function show(changes, notes, encoding, done)
  local lines = vim.list_extend(notes, { ':w makes this change, :q drops it', '' })
  for _, change in ipairs(changes) do
    vim.list_extend(lines, diff_of(change))
  end
  -- Whoever is writing goes on with that.
  local enter = vim.api.nvim_get_mode().mode == 'n'
  local buf = scratch.open('change', 'diff', lines, enter)
  vim.bo[buf].buftype, vim.bo[buf].modified = 'acwrite', false
  local made = false
  vim.api.nvim_create_autocmd('BufWriteCmd', {
    buffer = buf,
    callback = function()
      made = make(changes, encoding)
      vim.api.nvim_buf_delete(buf, { force = true })
    end,
  })
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = buf,
    callback = vim.schedule_wrap(function()
      done(made)
    end),
  })
end

--- Answer `workspace/applyEdit`, once the person has.
---@param _ any
---@param params lsp.ApplyWorkspaceEditParams
---@param context lsp.HandlerContext
---@return lsp.ApplyWorkspaceEditResult
function M.apply_edit(_, params, context)
  local client = assert(vim.lsp.get_client_by_id(context.client_id))
  local changes, notes = {}, {}
  for _, document in ipairs(params.edit.documentChanges) do
    changes[#changes + 1] = change_of(document, client.offset_encoding)
  end
  if #changes < #params.edit.documentChanges then
    return { applied = false }
  end
  for _, note in pairs(params.edit.changeAnnotations or {}) do
    notes[#notes + 1] = note.description
  end
  local waiting = coroutine.running() -- Neovim runs each handler of a request in its own.
  show(changes, notes, client.offset_encoding, function(made)
    coroutine.resume(waiting, made)
  end)
  return { applied = coroutine.yield() }
end

return M
