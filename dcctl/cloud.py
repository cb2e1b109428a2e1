"""placeholder"""


class Cloud: ...
