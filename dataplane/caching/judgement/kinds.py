"""Kinds of things of which one cannot stand for another: names of two words with `_`, a `;`
behind each kind.

Lists of this sort are never complete. They catch what people write in lower case, where no capital
betrays a name; the score looks at the rarity of everything else.
"""

KINDS = """
red blue green yellow orange purple pink brown black white grey gray silver gold beige turquoise
violet maroon navy;
breakfast lunch dinner brunch supper snack dessert;
spring summer autumn winter;
north south east west northeast northwest southeast southwest;
lecture lab laboratory seminar colloquium tutorial workshop discussion recitation exam quiz
homework project thesis;
freshman sophomore junior senior undergraduate graduate bachelor master doctoral phd;
hardware software firmware;
laptop desktop tablet phone smartphone monitor keyboard mouse printer headphones router camera
television;
shirt trousers pants jacket coat dress skirt shoes boots socks hat gloves scarf sweater jeans;
chicken beef pork lamb fish salmon tuna shrimp tofu turkey duck;
rice pasta noodles bread potatoes quinoa couscous;
coffee tea water beer wine juice milk soda whisky vodka;
apple banana pear grape mango lemon lime peach strawberry cherry pineapple;
dog cat horse cow sheep goat rabbit hamster bird parrot snake lizard turtle chicken pig;
lion tiger bear wolf fox elephant giraffe zebra monkey whale dolphin shark eagle owl;
car bus train plane bicycle bike motorcycle truck boat ship ferry tram subway taxi;
gold silver copper iron zinc aluminium aluminum lead tin nickel platinum;
oxygen hydrogen nitrogen carbon helium chlorine sodium potassium calcium;
mercury venus earth mars jupiter saturn uranus neptune pluto;
football soccer basketball baseball tennis golf hockey cricket rugby volleyball swimming boxing;
comedy drama horror thriller romance documentary western musical animation;
jazz rock pop classical blues country reggae metal techno;
piano guitar violin drums flute trumpet saxophone cello;
flu cold asthma diabetes cancer measles pneumonia migraine eczema arthritis hypertension covid
malaria;
heart liver kidney lung brain stomach skin eye ear knee shoulder;
physics chemistry biology mathematics math history geography economics philosophy psychology
sociology law medicine;
windows macos linux ubuntu debian android ios;
chrome firefox safari edge opera;
excel word powerpoint outlook sheets;
aws azure gcp;
mysql postgresql postgres sqlite oracle mongodb redis;
visa mastercard paypal amex cash cheque check invoice;
checking savings;
password username email_address phone_number address billing_address shipping_address
profile_picture;
monthly weekly daily yearly annual quarterly hourly;
hotel hostel motel apartment campsite;
museum park beach restaurant bar cafe theater cinema library church castle zoo;
italian chinese french indian mexican thai japanese korean greek spanish vegan vegetarian
vietnamese turkish american lebanese ethiopian;
stock bond option future fund crypto;
federal state local municipal;
income property sales inheritance corporate payroll;
husband wife mother father son daughter brother sister uncle aunt cousin nephew niece
grandmother grandfather;
lawyer doctor nurse teacher engineer plumber electrician accountant dentist pharmacist;
delta united lufthansa american_airlines british_airways air_france ryanair easyjet
southwest_airlines klm emirates;
ibuprofen aspirin paracetamol acetaminophen amoxicillin metformin insulin;
vitamin_a vitamin_b vitamin_c vitamin_d vitamin_e vitamin_k;
small medium large;
tops bottoms;
adult adults child children infant infants baby babies toddler toddlers teenager teenagers
senior seniors;
economy business first_class;
england scotland wales ireland germany france spain italy portugal austria switzerland belgium
netherlands luxembourg poland czechia hungary romania bulgaria greece turkey russia ukraine
sweden norway denmark finland iceland estonia latvia lithuania china japan korea india pakistan
bangladesh vietnam thailand indonesia malaysia singapore philippines australia canada mexico
brazil argentina chile peru colombia venezuela egypt morocco algeria tunisia nigeria kenya
ethiopia ghana israel iran iraq saudi_arabia south_africa new_zealand;
alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii
idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan
minnesota mississippi missouri montana nebraska nevada new_hampshire new_jersey new_mexico
new_york north_carolina north_dakota ohio oklahoma oregon pennsylvania rhode_island
south_carolina south_dakota tennessee texas utah vermont virginia west_virginia wisconsin
wyoming;
london paris berlin madrid rome vienna munich hamburg frankfurt cologne zurich geneva amsterdam
brussels lisbon porto barcelona milan naples venice prague warsaw budapest athens istanbul
moscow stockholm oslo copenhagen helsinki dublin edinburgh manchester liverpool lyon marseille
tokyo osaka kyoto beijing shanghai seoul bangkok hanoi jakarta delhi mumbai bangalore dubai
cairo lagos nairobi johannesburg sydney melbourne toronto montreal vancouver boston chicago
houston dallas austin phoenix seattle denver atlanta miami detroit philadelphia baltimore
pittsburgh cleveland oakland memphis nashville portland orlando tampa charlotte milwaukee
minneapolis indianapolis cincinnati columbus washington san_francisco san_diego san_jose
los_angeles las_vegas new_york salt_lake_city kansas_city new_orleans palo_alto mountain_view
sunnyvale berkeley monterey;
wien münchen köln genf rom mailand lissabon prag warschau brüssel kopenhagen;
rot blau grün gelb schwarz weiß grau braun lila;
frühstück mittagessen abendessen;
hund katze pferd kuh vogel;
rouge bleu vert jaune noir blanc gris;
rojo azul verde amarillo negro blanco gris;
petit-déjeuner déjeuner dîner;
desayuno almuerzo cena;
"""
