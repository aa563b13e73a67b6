if vim.g.loaded_midfill or vim.fn.has('nvim-0.11') == 0 then
  return
end
vim.g.loaded_midfill = true

local group = vim.api.nvim_create_augroup('midfill', {})

local function highlight()
  local ghost = vim.api.nvim_get_hl(0, { name = 'Comment', link = false })
  -- The default Comment has no colour in terminals without true colour.
  ghost.ctermfg = ghost.ctermfg or 8
  ghost.nocombine = true -- Behind a bold word it is not bold.
  ghost.default = true
  vim.api.nvim_set_hl(0, 'MidfillGhost', ghost)
end

highlight()
vim.api.nvim_create_autocmd('ColorScheme', { group = group, callback = highlight })

-- Over what init.lua maps, and before menus that map the keys of a buffer once it is edited.
local function map()
  require('midfill.keys').map()
end

if vim.v.vim_did_enter == 1 then
  vim.schedule(map) -- After setup().
else
  vim.api.nvim_create_autocmd('VimEnter', { group = group, callback = map })
end

vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'midfill' then
      require('midfill').attach(client, event.buf)
    end
  end,
})

vim.api.nvim_create_user_command('Midfill', function(command)
  local lines = command.range > 0 and { command.line1, command.line2 } or nil
  require('midfill.command').run(command.args, lines)
end, {
  nargs = '*',
  range = true,
  desc = 'Midfill',
  complete = function(lead, line)
    return require('midfill.command').complete(lead, line)
  end,
})
