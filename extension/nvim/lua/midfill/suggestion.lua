--- A suggestion, and what becomes of it while a person types. Nothing here touches the editor.

local M = {}

---@class midfill.Suggestion
---@field text string what is put at the cursor
---@field replaces integer how many bytes right of the cursor it takes the place of

--- The pieces of `text` that go between the characters of `kept`: pairs of an offset in `kept` and
--- a piece. nil where `text` does not have all of these characters, in this order.
---@param text string
---@param kept string
---@return { [1]: integer, [2]: string }[]?
function M.pieces(text, kept)
  local pieces, from = {}, 1
  for offset = 1, #kept do
    local at = text:find(kept:sub(offset, offset), from, true)
    if not at then
      return nil
    end
    if at > from then
      pieces[#pieces + 1] = { offset - 1, text:sub(from, at - 1) }
    end
    from = at + 1
  end
  if from <= #text then
    pieces[#pieces + 1] = { #kept, text:sub(from) }
  end
  return pieces
end

--- What is left of a suggestion after `typed` was put before the cursor, and what stood right of
--- it became `after` instead of `before`; nil if it no longer fits.
---@param suggestion midfill.Suggestion
---@param typed string
---@param before string
---@param after string
---@return midfill.Suggestion?
function M.follow(suggestion, typed, before, after)
  local stays = before:sub(suggestion.replaces + 1)
  if not (vim.startswith(suggestion.text, typed) and vim.endswith(after, stays)) then
    return nil
  end
  local text = suggestion.text:sub(#typed + 1)
  local replaces = #after - #stays
  -- Brackets that the editor closed, or skipped, with this key.
  local closed = replaces ~= suggestion.replaces and not M.pieces(text, after:sub(1, replaces))
  if text == '' or closed then
    return nil
  end
  return { text = text, replaces = replaces }
end

--- How much of `replaced` goes when `taken` is accepted and `rest` is still to come.
---@param rest string
---@param replaced string
---@return integer
function M.used_up(rest, replaced)
  for used = 0, #replaced do
    if M.pieces(rest, replaced:sub(used + 1)) then
      return used
    end
  end
  return #replaced
end

--- The first word of a text, or its first run of signs, with the white space before it.
---@param text string
---@return string
function M.word(text)
  return vim.fn.matchstr(text, [[^\_s*\%(\k\+\|\%(\k\@!\S\)\+\)]])
end

--- The first line of a text; after a line break the one that follows.
---@param text string
---@return string
function M.line(text)
  return text:match('^\n?[^\n]*')
end

return M
