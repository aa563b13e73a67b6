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

--- Map `lhs` to an action, and what it was mapped to before to a <Plug> key, which is passed on to.
---@param name string
---@param lhs string
local function map(name, lhs)
  local former = vim.fn.maparg(lhs, 'i', false, true)
  local has_former = not vim.tbl_isempty(former)
  local pass_on = has_former and ('<Plug>(midfill-passes-on-%s)'):format(name) or lhs
  if has_former then
    former.lhs, former.lhsraw, former.lhsrawalt = pass_on, vim.keycode(pass_on), nil
    vim.fn.mapset('i', false, former)
  end
  -- Neovim's own mapping of <Tab> knows of no menus.
  local knows_menus = has_former and not vim.startswith(former.desc or '', 'vim.snippet')
  local function is_wanted_there()
    return has_former and vim.snippet.active({ direction = 1 }) or knows_menus and menu_is_visible()
  end
  vim.keymap.set('i', lhs, function()
    if is_wanted_there() or not ACTIONS[name]() then
      vim.api.nvim_feedkeys(vim.keycode(pass_on), has_former and 'mi' or 'ni', false)
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
