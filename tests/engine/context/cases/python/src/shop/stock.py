def reserve_article(article: str, count: int) -> bool:
    return count > 0
