--- What a person can choose.

local M = {}

---@class midfill.Keys each a key in insert mode, or false for none
---@field accept string|false
---@field accept_word string|false
---@field accept_line string|false
---@field next string|false
---@field previous string|false
---@field dismiss string|false

---@class midfill.Options
---@field keys? midfill.Keys
---@field builtin? boolean let Neovim 0.12 show the suggestions, with vim.lsp.inline_completion
---@field settings? table the server's settings, as in config.toml

M.options = {
  keys = {
    accept = '<Tab>',
    accept_word = '<M-Right>',
    accept_line = '<M-Down>',
    next = '<M-]>',
    previous = '<M-[>',
    dismiss = '<C-]>',
  },
  builtin = false,
  settings = {},
}

--- Take a person's options.
---@param options midfill.Options
function M.set(options)
  vim.validate('options', options, 'table')
  for name, value in pairs(options) do
    if M.options[name] == nil then
      error(("midfill: there is no option '%s'; see :help midfill-setup"):format(name), 0)
    end
    vim.validate(name, value, type(M.options[name]))
  end
  for name in pairs(options.keys or {}) do
    if M.options.keys[name] == nil then
      error(("midfill: there is no key '%s'; see :help midfill-keys"):format(name), 0)
    end
  end
  if options.builtin and not vim.lsp.inline_completion then
    error('midfill: builtin needs Neovim 0.12', 0)
  end
  M.options = vim.tbl_deep_extend('force', M.options, options)
end

--- Whether suggestions are given in a buffer: `vim.b.midfill`, else `vim.g.midfill`, else yes.
---@param buf integer
---@return boolean
function M.is_enabled(buf)
  local here = vim.b[buf].midfill
  if here == nil then
    here = vim.g.midfill
  end
  return here ~= false
end

return M
