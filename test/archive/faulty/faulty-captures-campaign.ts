import { faultyCampaign } from './faulty-campaign.ts';

export const campaign = faultyCampaign('captures', import.meta.url);
