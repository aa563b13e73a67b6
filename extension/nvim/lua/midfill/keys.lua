--- Keys in insert mode. Where Midfill has no use for a key, whoever had it before gets it.

local completion = require('midfill.completion')
local config = require('midfill.config')
local suggestions = require('midfill.suggestion')

local M = {}

local MENUS = { cmp = 'visible', ['blink.cmp'] = 'is_menu_visible' }

---@type table<string, fun(): boolean>
local ACTIONS = {
  accept = function()
    return completion.accept(function(text)
      return text
    end)
  end,
  accept_word = function()
    return completion.accept(suggestions.word)
  end,
  accept_line = function()
    return completion.accept(suggestions.line)
  end,
  next = function()
    return completion.cycle(1)
  end,
  previous = function()
    return completion.cycle(-1)
  end,
  dismiss = completion.dismiss,
}

M.actions = ACTIONS

local function menu_is_visible()
  for name, method in pairs(MENUS) do
    local menu = package.loaded[name]
    if menu and menu[method]() then
      return true
    end
  end
  return vim.fn.pumvisible() == 1
end

--- Whether a mapping that was there before would do something of its own now.
local function is_wanted_elsewhere()
  return menu_is_visible() or vim.snippet.active({ direction = 1 })
end

--- Map `lhs` to an action, and what it was mapped to before to a <Plug> key, which is passed on to.
---@param name string
---@param lhs string
local function map(name, lhs)
  local former = vim.fn.maparg(lhs, 'i', false, true)
  local pass_on, mode = lhs, 'ni'
  if not vim.tbl_isempty(former) then
    pass_on, mode = ('<Plug>(midfill-passes-on-%s)'):format(name), 'mi'
    former.lhs, former.lhsraw, former.lhsrawalt = pass_on, vim.keycode(pass_on), nil
    vim.fn.mapset('i', false, former)
  end
  vim.keymap.set('i', lhs, function()
    if (mode == 'mi' and is_wanted_elsewhere()) or not ACTIONS[name]() then
      vim.api.nvim_feedkeys(vim.keycode(pass_on), mode, false)
    end
  end, { desc = 'Midfill: ' .. name:gsub('_', ' ') })
end

local mapped = false

--- Map all keys, once: after everything else that is set up when Neovim starts.
function M.map()
  if mapped then
    return
  end
  mapped = true
  for name, lhs in pairs(config.options.keys) do
    if lhs then
      map(name, lhs)
    end
  end
end

return M
