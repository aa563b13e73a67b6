local server = require('midfill.server')

---@type vim.lsp.Config
return {
  cmd = { 'midfill', 'serve', '--log-level', 'info', '--log-file', server.log },
  root_markers = { '.midfill.toml', '.git' },
  -- Neovim 0.11 has no such feature of its own, and would not say that the client does.
  capabilities = { textDocument = { inlineCompletion = { dynamicRegistration = false } } },
  handlers = {
    didChangeStatus = function(_, params, context)
      require('midfill.status').changed(context.client_id, params)
    end,
  },
  on_exit = server.exited,
}
