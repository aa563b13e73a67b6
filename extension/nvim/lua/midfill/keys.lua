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

--- What a key is mapped to in all buffers.
---@param lhs string
---@return table<string, any> # as maparg() has it; empty if it is not mapped
local function global_mapping(lhs)
  local empty = vim.api.nvim_create_buf(false, true) -- It has no mappings of its own.
  local mapping = vim.api.nvim_buf_call(empty, function()
    return vim.fn.maparg(lhs, 'i', false, true)
  end)
  vim.api.nvim_buf_delete(empty, {})
  return mapping
end

---@class midfill.Former what a key did before
---@field keys string
---@field mode string how they are fed
---@field wants fun(): boolean whether it has a use for the key that goes before ours

local formers = {} ---@type table<string, midfill.Former>

--- Do what a key is for, or what it did before.
---@param name string
function M.press(name)
  local former = formers[name]
  if former.wants() or not ACTIONS[name]() then
    vim.api.nvim_feedkeys(former.keys, former.mode, false)
  end
end

--- Move what `lhs` is mapped to to a <Plug> key.
---@param name string
---@param lhs string
---@return midfill.Former
local function moved(name, lhs)
  local mapping = global_mapping(lhs)
  if vim.tbl_isempty(mapping) then
    local function never()
      return false
    end
    return { keys = vim.keycode(lhs), mode = 'ni', wants = never }
  end
  local plug = ('<Plug>(midfill-passes-on-%s)'):format(name)
  mapping.lhs, mapping.lhsraw, mapping.lhsrawalt = plug, vim.keycode(plug), nil
  vim.fn.mapset('i', false, mapping)
  -- Neovim's own mapping of <Tab> knows of no menus.
  local knows_menus = not vim.startswith(mapping.desc or '', 'vim.snippet')
  local function wants()
    return vim.snippet.active({ direction = 1 }) or knows_menus and menu_is_visible()
  end
  return { keys = vim.keycode(plug), mode = 'mi', wants = wants }
end

--- Map all keys, once.
function M.map()
  if next(formers) or config.options.builtin then
    return
  end
  for name, lhs in pairs(config.options.keys) do
    if lhs then
      formers[name] = moved(name, lhs)
      -- Keys, for menus that map it in turn call a function later than what is typed next.
      local press = ("<Cmd>lua require('midfill.keys').press('%s')<CR>"):format(name)
      vim.keymap.set('i', lhs, press, { desc = 'Midfill: ' .. name:gsub('_', ' ') })
    end
  end
end

return M
