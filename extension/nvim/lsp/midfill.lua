local preview = require('midfill.preview')
local server = require('midfill.server')

---@type vim.lsp.Config
return {
  cmd = { 'midfill', 'serve', '--log-level', 'info', '--log-file', server.log },
  root_markers = { '.midfill.toml', '.git' },
  capabilities = {
    textDocument = {
      -- Neovim 0.11 has no such feature of its own, and would not say that the client does.
      inlineCompletion = { dynamicRegistration = false },
      -- Neovim makes the edits of a code action without a diff; those that it is asked to make
      -- are shown first, by us.
      codeAction = { honorsChangeAnnotations = false },
    },
    workspace = {
      workspaceEdit = {
        documentChanges = true,
        changeAnnotationSupport = { groupsOnLabel = false },
      },
    },
  },
  handlers = {
    ['workspace/applyEdit'] = preview.apply_edit,
    didChangeStatus = function(_, params, context)
      require('midfill.status').changed(context.client_id, params)
    end,
  },
  on_exit = server.exited,
}
