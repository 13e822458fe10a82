"""Find the controls of a page by their names, as a screen reader does."""


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def slider(page, name):
    return page.get_by_role("slider", name=name, exact=True)


def menu(page, name):
    return page.get_by_role("combobox", name=name, exact=True)
