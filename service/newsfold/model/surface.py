"""placeholder"""
def restore(text, sources):
    return text
